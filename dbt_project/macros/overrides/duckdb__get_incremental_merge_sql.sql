{#- Where others merge, DuckDB deletes and inserts, in one transaction: its merge writes every row
    group anew in which a row is updated, 0.5 s of processor time in place of 0.07 for 7,000 of
    500,000 orders. -#}
{% macro duckdb__get_incremental_merge_sql(args_dict) -%}
    {{ get_incremental_delete_insert_sql(args_dict) }}
{%- endmacro %}
