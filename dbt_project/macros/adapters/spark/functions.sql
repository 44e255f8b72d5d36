{#- dbt-spark cannot create functions, and Spark has SQL functions only from version 4 on. On
    older versions nothing is created: the function's expression is checked against its
    arguments and type, and `call_function` inlines it in each query. -#}
{% macro spark__scalar_function_sql(target_relation) -%}
    {%- set result = model.returns.data_type -%}
    {%- if spark_has_functions() -%}
        create or replace function {{ target_relation }}(
            {%- for argument in model.arguments -%}
                {{ argument.name }} {{ argument.data_type }}{{ ', ' if not loop.last }}
            {%- endfor -%}
        ) returns {{ result }} return {{ model.compiled_code }}
    {%- else -%}
        select cast(({{ model.compiled_code }}) as {{ result }}) as {{ model.name }}
        from (
            select
                {% for argument in model.arguments -%}
                    cast(null as {{ argument.data_type }}) as {{ argument.name }}
                    {{- ',' if not loop.last }}
                {% endfor %}
        ) as arguments
    {%- endif -%}
{%- endmacro %}
