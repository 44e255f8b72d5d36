{#- A natural key as what it is ordered by: where keys are text, their bytes on every engine. -#}
{% macro key_order(key) -%}
    {{ return(byte_order(key) if var('key_type') == 'string' else key) }}
{%- endmacro %}
