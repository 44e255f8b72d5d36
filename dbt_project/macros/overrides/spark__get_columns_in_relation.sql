{#- The columns as columns: dbt-spark gives the rows of `describe`, of which a snapshot with
    `hard_deletes: new_record` makes nulls. -#}
{% macro spark__get_columns_in_relation(relation) -%}
    {{ return(adapter.get_columns_in_relation(relation)) }}
{%- endmacro %}
