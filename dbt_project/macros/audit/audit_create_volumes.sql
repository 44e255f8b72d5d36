{#- Hook: one row per source table and run that changes models: how many rows the table had, and
    when the last of them was loaded. -#}
{% macro audit_create_volumes() -%}
    create table if not exists {{ audit_relation('source_states') }} (
        invocation_id {{ dbt.type_string() }},
        source_name {{ dbt.type_string() }},
        row_count {{ dbt.type_bigint() }},
        last_loaded_at {{ dbt.type_string() }},
        counted_at {{ dbt.type_timestamp() }}
    ) {{ table_format() }}
{%- endmacro %}
