{#- The relation to read for an optional source table: the table where the loader has made it,
    else an empty stand-in with the columns and types of the source contract. Only for tables
    that the contract marks `meta: {optional: true}`. -#}
{% macro source_or_empty(table_name, source_name='ecommerce') -%}
    {%- set relation = source(source_name, table_name) -%}
    {%- if not execute or load_relation(relation) is not none -%}
        {{ return(relation) }}
    {%- endif -%}
    {%- set node = graph.sources.values()
        | selectattr('source_name', 'equalto', source_name)
        | selectattr('name', 'equalto', table_name) | first -%}
    {%- if not node.config.meta.get('optional') -%}
        {{ exceptions.raise_compiler_error(
            "source table " ~ relation ~ " is missing and not optional; load it first: ecom load"
        ) }}
    {%- endif -%}
    (
        select
            {%- for column in node.columns.values() %}
            cast(null as {{ api.Column.translate_type(column.data_type) }}) as {{ column.name }}
            {{- "," if not loop.last }}
            {%- endfor %}
        where 1 = 0
    ) as empty_{{ table_name }}
{%- endmacro %}
