{#- dbt-duckdb does not support functions yet (duckdb/dbt-duckdb issue 519). DuckDB's functions
    are macros; it does not parse `create function ... returns ...`. -#}
{% macro duckdb__scalar_function_sql(target_relation) -%}
    create or replace macro {{ target_relation.include(database=false) }}(
        {{- model.arguments | map(attribute='name') | join(', ') -}}
    ) as cast(({{ model.compiled_code }}) as {{ model.returns.data_type }})
{%- endmacro %}
