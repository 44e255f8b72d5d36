{#- A unit test asks for rows of the statement that makes its temporary view, and a Thrift server
    has none to give: the view is made here, and a query is what is left to run. -#}
{% macro spark__get_create_table_as_sql(temporary, relation, sql) -%}
    {%- if temporary -%}
        {%- call statement('create_temporary_view') -%}
            {{ create_table_as(True, relation, sql) }}
        {%- endcall -%}
        select 1 as created
    {%- else -%}
        {{ create_table_as(False, relation, sql) }}
    {%- endif -%}
{%- endmacro %}
