{#- Integer division that drops the remainder. Both operands are bigints, the divisor is above
    0. -#}
{% macro divide_integers(numerator, denominator) -%}
    {{ return(adapter.dispatch('divide_integers', 'ecommerce_analytics')(numerator, denominator)) }}
{%- endmacro %}

{% macro default__divide_integers(numerator, denominator) -%}
    (({{ numerator }}) / ({{ denominator }}))
{%- endmacro %}

{% macro duckdb__divide_integers(numerator, denominator) -%}
    (({{ numerator }}) // ({{ denominator }}))
{%- endmacro %}

{% macro spark__divide_integers(numerator, denominator) -%}
    (({{ numerator }}) div ({{ denominator }}))
{%- endmacro %}
