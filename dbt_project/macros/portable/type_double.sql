{#- The engine's name for the 64-bit float; `float` means 32 bits on some. -#}
{% macro type_double() -%}
    {{ return(adapter.dispatch('type_double', 'ecommerce_analytics')()) }}
{%- endmacro %}

{% macro default__type_double() -%}
    double
{%- endmacro %}

{% macro postgres__type_double() -%}
    double precision
{%- endmacro %}
