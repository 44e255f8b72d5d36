{#- PostgreSQL's SQL functions are queries; our function's file is an expression, as the other
    engines want it. -#}
{% macro postgres__scalar_function_body_sql() -%}
    $$ select {{ model.compiled_code }} $$ language sql
{%- endmacro %}
