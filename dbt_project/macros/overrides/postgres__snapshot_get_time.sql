{#- Deletions close at the time of the load that brought them, UTC; dbt-postgres's own is
    the time in the session's zone. -#}
{% macro postgres__snapshot_get_time() -%}
    {{ load_time() }}
{%- endmacro %}
