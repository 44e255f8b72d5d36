{#- A whole number of cents as money, exactly. -#}
{% macro from_cents(cents) -%}
    cast(({{ cents }}) * cast(0.01 as numeric(3, 2)) as {{ type_money() }})
{%- endmacro %}
