{#- The relations of a schema. The Hive metastore reports Hive as an Iceberg table's provider,
    so dbt-spark would not recognise it (dbt-labs/dbt-adapters issue 862); the table's
    properties identify it. Temporary views, which are in no schema, are left out. -#}
{% macro spark__list_relations_without_caching(relation) -%}
    {%- call statement('list_relations_without_caching', fetch_result=True) -%}
        show table extended in {{ relation.schema }} like '*'
    {%- endcall -%}
    {%- set found = [] -%}
    {%- for schema, name, is_temporary, information in
        load_result('list_relations_without_caching').table.rows -%}
        {%- if schema -%}
            {%- set format = 'Provider: iceberg\n' if 'table_type=ICEBERG' in information -%}
            {%- do found.append([schema, name, is_temporary, format ~ information]) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- The columns as column objects. dbt-spark returns the rows of `describe`, which a snapshot
    with `hard_deletes: new_record` turns into nulls. -#}
{% macro spark__get_columns_in_relation(relation) -%}
    {{ return(adapter.get_columns_in_relation(relation)) }}
{%- endmacro %}

{#- Drops a table with its files. dbt-spark does not use `purge`, without which Iceberg keeps
    them. -#}
{% macro spark__drop_relation(relation) -%}
    {%- call statement('drop_relation', auto_begin=False) -%}
        drop {{ relation.type or 'view' }} if exists {{ relation }}
        {{- ' purge' if relation.is_table }}
    {%- endcall -%}
{%- endmacro %}
