{#- In the shared schema `analytics`, a folder's schema has its plain name (staging, marts,
    ...). A schema of your own (ECOM_SCHEMA, pull requests) becomes a prefix, so that builds do
    not overwrite each other. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name is none -%}
        {{ target.schema }}
    {%- elif target.schema == 'analytics' -%}
        {{ custom_schema_name | trim }}
    {%- else -%}
        {{ target.schema }}_{{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}
