{#- dbt-postgres uses the function's file as the body, which PostgreSQL requires to be a query.
    Ours is an expression, because the other engines need one. -#}
{% macro postgres__scalar_function_body_sql() -%}
    $$ select {{ model.compiled_code }} $$ language sql
{%- endmacro %}
