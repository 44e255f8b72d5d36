{#- The key of a row that the warehouse makes itself, out of the key of the row it is made from:
    below 0 where keys are numbers, in brackets where they are text, so that no source has it. -#}
{% macro made_key(kind, key) -%}
    {%- if var('key_type') == 'bigint' -%}
        -1 - {{ key }}
    {%- else -%}
        concat('({{ kind }} ', {{ key }}, ')')
    {%- endif -%}
{%- endmacro %}
