{#- A deletion closes a version at the end time (UTC) of the load that brought the deletion. The
    adapters take the build's clock: local time on DuckDB, the session's on PostgreSQL
    (dbt-labs/dbt-core issue 5867). -#}
{% macro default__snapshot_get_time() -%}
    {{ load_time() }}
{%- endmacro %}
