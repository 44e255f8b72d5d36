{#- The rows of a raw table with the source contract's columns and types: a column of another
    type is converted, a missing optional column is null, a missing optional table is empty.
    Read by staging models only. -#}
{% macro contract_source(table_name, source_name='ecommerce', relation=none) -%}
    {%- set relation = relation or source(source_name, table_name) -%}
    {#- Sources do not exist in a unit test: its rows already have the contract's types. -#}
    {%- if not execute or graph.sources is not defined -%}
        {{ return(relation) }}
    {%- endif -%}
    {%- set node = graph.sources.values()
        | selectattr('source_name', 'equalto', source_name)
        | selectattr('name', 'equalto', table_name) | first -%}
    {%- set raw_columns = _raw_columns(relation) -%}
    {%- set is_absent = raw_columns is none and node.config.meta.get('optional', false) -%}
    (
        select
            {%- for column in node.columns.values() %}
            {%- set value = _contract_column(column, raw_columns, is_absent) %}
            {{ value }}{{ ' as ' ~ column.name if value != column.name }}
            {{- "," if not loop.last }}
            {%- endfor %}
        {%- if is_absent %}
        where 1 = 0
        {%- else %}
        from {{ relation }}
        {%- endif %}
    ) as {{ table_name }}
{%- endmacro %}

{#- The types of a raw table's columns by column name, in the contract's words; empty if the
    table does not exist. -#}
{% macro _raw_columns(relation) -%}
    {%- set raw = load_relation(relation) -%}
    {%- if raw is none -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set types = {} -%}
    {%- for column in adapter.get_columns_in_relation(raw) -%}
        {%- do types.update({column.name | lower: contract_type(column.data_type)}) -%}
    {%- endfor -%}
    {{ return(types) }}
{%- endmacro %}

{% macro _contract_column(column, raw_columns, is_absent) -%}
    {%- if is_absent -%}
        {{ return('cast(null as ' ~ api.Column.translate_type(column.data_type) ~ ')') }}
    {%- elif raw_columns is none -%}
        {{ return(column.name) }}
    {%- elif column.name in raw_columns -%}
        {{ return(convert_type(column.name, raw_columns[column.name], column.data_type)) }}
    {%- elif column.config.meta.get('optional', false) -%}
        {{ return('cast(null as ' ~ api.Column.translate_type(column.data_type) ~ ')') }}
    {%- endif -%}
    {{ return(column.name) }}
{%- endmacro %}
