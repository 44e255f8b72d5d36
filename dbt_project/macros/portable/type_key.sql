{#- The engine's type for natural keys: the var `key_type`, bigint or string. -#}
{% macro type_key() -%}
    {{ return(api.Column.translate_type(var('key_type'))) }}
{%- endmacro %}
