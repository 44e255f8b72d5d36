{#- In the shared schema `analytics` a folder's schema is its plain name (staging, marts, ...).
    With a schema of one's own (ECOM_SCHEMA, pull requests) it is prefixed, so that nobody
    overwrites another. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name is none -%}
        {{ target.schema }}
    {%- elif target.schema == 'analytics' -%}
        {{ custom_schema_name | trim }}
    {%- else -%}
        {{ target.schema }}_{{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}
