{#- dbt-duckdb has no functions yet (duckdb/dbt-duckdb issue 519), and DuckDB's own are macros:
    `create function ... returns ...` is not in its grammar. -#}
{% macro duckdb__scalar_function_sql(target_relation) -%}
    create or replace macro {{ target_relation.include(database=false) }}(
        {{- model.arguments | map(attribute='name') | join(', ') -}}
    ) as cast(({{ model.compiled_code }}) as {{ model.returns.data_type }})
{%- endmacro %}
