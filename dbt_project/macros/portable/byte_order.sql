{#- The sort key of a text: its bytes. PostgreSQL would sort by the database's language. -#}
{% macro byte_order(text) -%}
    {{ return(adapter.dispatch('byte_order', 'ecommerce_analytics')(text)) }}
{%- endmacro %}

{% macro default__byte_order(text) -%}
    {{ return(text) }}
{%- endmacro %}

{% macro postgres__byte_order(text) -%}
    {{ return(text ~ ' collate "C"') }}
{%- endmacro %}
