{#- A quantity as a whole number of thousandths. -#}
{% macro to_thousandths(quantity) -%}
    cast(({{ quantity }}) * 1000 as bigint)
{%- endmacro %}
