{#- Deletions close at the time of the load that brought them, UTC; dbt-spark's own is
    the time of the build. -#}
{% macro spark__snapshot_get_time() -%}
    {{ load_time() }}
{%- endmacro %}
