{#- Hook: the schema of the audit tables. -#}
{% macro audit_create_schema() -%}
    create schema if not exists {{ audit_relation('runs').without_identifier() }}
{%- endmacro %}
