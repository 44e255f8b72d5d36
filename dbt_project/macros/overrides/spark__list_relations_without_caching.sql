{#- The relations of a schema in one statement, Iceberg tables told by their properties: the
    metastore calls them Hive's. Temporary views are in no schema and left out. -#}
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
