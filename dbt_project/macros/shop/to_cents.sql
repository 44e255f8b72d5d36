{#- Money as a whole number of cents. -#}
{% macro to_cents(amount) -%}
    cast(({{ amount }}) * 100 as bigint)
{%- endmacro %}
