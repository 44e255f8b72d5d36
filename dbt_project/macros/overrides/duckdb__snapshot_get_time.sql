{#- Deletions close at the time of the load that brought them, UTC; dbt-duckdb's own is
    the machine's local time. -#}
{% macro duckdb__snapshot_get_time() -%}
    {{ load_time() }}
{%- endmacro %}
