{#- Money everywhere: exact, two decimals. -#}
{% macro type_money() -%}
    {{ return(adapter.dispatch('type_money', 'ecommerce_analytics')()) }}
{%- endmacro %}

{% macro default__type_money() -%}
    numeric(18, 2)
{%- endmacro %}
