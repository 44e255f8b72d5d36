{#- The columns as DuckDB describes them; dbt-duckdb makes a table of them first. -#}
{% macro duckdb__get_columns_in_relation(relation) -%}
    {{ return(adapter.get_column_schema_from_query('select * from ' ~ relation)) }}
{%- endmacro %}
