{#- The key of a row that the warehouse creates, derived from the key of the row it is based on:
    below 0 where keys are numbers, in brackets where they are text, so that it never equals a
    source key. Different keys always give different ones, including keys already derived. -#}
{% macro made_key(kind, key) -%}
    {%- if var('key_type') == 'bigint' -%}
        -2 * abs({{ key }}) - case when {{ key }} < 0 then 2 else 1 end
    {%- else -%}
        concat('({{ kind }} ', {{ key }}, ')')
    {%- endif -%}
{%- endmacro %}
