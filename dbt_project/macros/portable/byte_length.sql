{#- The number of bytes of a text in UTF-8. Equal to its number of characters if all are ASCII. -#}
{% macro byte_length(text) -%}
    {{ return(adapter.dispatch('byte_length', 'ecommerce_analytics')(text)) }}
{%- endmacro %}

{% macro default__byte_length(text) -%}
    octet_length({{ text }})
{%- endmacro %}

{% macro duckdb__byte_length(text) -%}
    strlen({{ text }})
{%- endmacro %}
