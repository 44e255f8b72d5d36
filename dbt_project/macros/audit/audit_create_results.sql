{#- Hook: one row per node of a dbt invocation. -#}
{% macro audit_create_results() -%}
    create table if not exists {{ audit_relation('run_results') }} (
        invocation_id {{ dbt.type_string() }},
        unique_id {{ dbt.type_string() }},
        resource_type {{ dbt.type_string() }},
        status {{ dbt.type_string() }},
        failure_count {{ dbt.type_bigint() }},
        message {{ dbt.type_string() }},
        execution_seconds {{ type_double() }}
    ) {{ table_format() }}
{%- endmacro %}
