{#- Hook: the schema of the audit tables. Named alone: PostgreSQL takes no database before it. -#}
{% macro audit_create_schema() -%}
    create schema if not exists
        {{ audit_relation('runs').include(database=false).without_identifier() }}
{%- endmacro %}
