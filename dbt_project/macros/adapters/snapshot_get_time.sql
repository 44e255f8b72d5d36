{#- A deletion closes a version when the load that brought it ended, UTC. The adapters take the
    build's clock: local on DuckDB, the session's on PostgreSQL (dbt-labs/dbt-core issue 5867). -#}
{% macro default__snapshot_get_time() -%}
    {{ load_time() }}
{%- endmacro %}
