{#- dbt-postgres uses the function's file as the body, which in PostgreSQL must be a query; ours is
    an expression, because that is what the other engines take. -#}
{% macro postgres__scalar_function_body_sql() -%}
    $$ select {{ model.compiled_code }} $$ language sql
{%- endmacro %}
