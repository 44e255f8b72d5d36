{#- The form in which a source's value is looked up in the seed `value_mapping`: outer blanks off,
    ASCII letters lower. -#}
{% macro mapping_form(value) -%}
    {{ ascii_lower('trim(' ~ value ~ ')') }}
{%- endmacro %}
