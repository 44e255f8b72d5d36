{#- Quantities everywhere: exact, three decimals, because some shops sell by weight. -#}
{% macro type_quantity() -%}
    {{ return('numeric(18, 3)') }}
{%- endmacro %}
