{#- Deletions close at the time of the load that brought them, UTC: dbt's own is the machine's local
    time on DuckDB, the session's on PostgreSQL, and always that of the build. -#}
{% macro duckdb__snapshot_get_time() -%}
    {{ load_time() }}
{%- endmacro %}

{% macro postgres__snapshot_get_time() -%}
    {{ load_time() }}
{%- endmacro %}

{% macro spark__snapshot_get_time() -%}
    {{ load_time() }}
{%- endmacro %}
