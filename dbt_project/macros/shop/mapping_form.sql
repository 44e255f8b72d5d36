{#- The lookup form of a source's value in the seed `value_mapping`: trimmed, with ASCII letters
    in lower case. -#}
{% macro mapping_form(value) -%}
    {{ ascii_lower('trim(' ~ value ~ ')') }}
{%- endmacro %}
