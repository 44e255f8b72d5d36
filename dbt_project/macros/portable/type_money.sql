{#- Money everywhere: exact, two decimals. -#}
{% macro type_money() -%}
    numeric(18, 2)
{%- endmacro %}
