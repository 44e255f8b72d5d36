{#- The sort key of a natural key: for text keys, their bytes on every engine. -#}
{% macro key_order(key) -%}
    {{ return(byte_order(key) if var('key_type') == 'string' else key) }}
{%- endmacro %}
