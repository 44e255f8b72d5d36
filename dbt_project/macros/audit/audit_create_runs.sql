{#- Hook: one row per dbt invocation. A run that was killed keeps the status `running`
    until the next one begins. -#}
{% macro audit_create_runs() -%}
    create table if not exists {{ audit_relation('runs') }} (
        invocation_id {{ dbt.type_string() }},
        command {{ dbt.type_string() }},
        target_name {{ dbt.type_string() }},
        dbt_version {{ dbt.type_string() }},
        is_full_refresh {{ dbt.type_boolean() }},
        status {{ dbt.type_string() }},
        success_count {{ dbt.type_int() }},
        warning_count {{ dbt.type_int() }},
        failure_count {{ dbt.type_int() }},
        skipped_count {{ dbt.type_int() }},
        started_at {{ dbt.type_timestamp() }},
        finished_at {{ dbt.type_timestamp() }}
    ) {{ table_format() }}
{%- endmacro %}
