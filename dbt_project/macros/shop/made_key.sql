{#- The key of a row that the warehouse makes itself, out of the key of the row it is made from:
    below 0 where keys are numbers, in brackets where they are text, so that no source has it. Two
    keys never make the same one, made ones among them. -#}
{% macro made_key(kind, key) -%}
    {%- if var('key_type') == 'bigint' -%}
        -2 * abs({{ key }}) - case when {{ key }} < 0 then 2 else 1 end
    {%- else -%}
        concat('({{ kind }} ', {{ key }}, ')')
    {%- endif -%}
{%- endmacro %}
