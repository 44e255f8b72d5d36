{#- A whole number of thousandths as a quantity, exactly. -#}
{% macro from_thousandths(thousandths) -%}
    cast(({{ thousandths }}) * cast(0.001 as numeric(4, 3)) as {{ type_quantity() }})
{%- endmacro %}
