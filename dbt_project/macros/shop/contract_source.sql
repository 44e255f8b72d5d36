{#- The rows of a raw table with the columns and types that the sources YAML declares: a column of
    another type is converted, a missing optional column is null, a missing optional table is
    empty. A table of the source contract is the connector's base model instead, where the var
    `ecommerce_source` names one. Read by staging and base models only. -#}
{% macro contract_source(table_name, source_name='ecommerce', relation=none) -%}
    {%- if source_name == 'ecommerce' and is_connected(table_name) -%}
        {{ return(ref('base_' ~ var('ecommerce_source') ~ '__' ~ table_name)) }}
    {%- endif -%}
    {%- set relation = relation or source(source_name, table_name) -%}
    {#- Sources do not exist in a unit test: its rows already have the contract's types. -#}
    {%- if not execute or graph.sources is not defined -%}
        {{ return(relation) }}
    {%- endif -%}
    {%- set node = graph.sources.values()
        | selectattr('source_name', 'equalto', source_name)
        | selectattr('name', 'equalto', table_name) | first -%}
    {%- set raw = raw_table(node) -%}
    {%- set raw_columns = _raw_columns(raw) -%}
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
        from {{ raw or relation }}
        {%- endif %}
    ) as {{ adapter.quote(table_name) }}
{%- endmacro %}

{#- The types of a raw table's columns by column name, in the contract's words; empty if the
    table does not exist. -#}
{% macro _raw_columns(raw) -%}
    {%- if raw is none -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set types = {} -%}
    {%- for column in adapter.get_columns_in_relation(raw) -%}
        {%- do types.update({column.name | lower: contract_type(column.data_type)}) -%}
    {%- endfor -%}
    {{ return(types) }}
{%- endmacro %}

{#- `also` lists other names of the column, `default` is what a missing value means. -#}
{% macro _contract_column(column, raw_columns, is_absent) -%}
    {#- dbt 2 has no `meta` where none is set. -#}
    {%- set meta = column.config.meta or {} -%}
    {%- set names = [column.name] + meta.get('also', []) -%}
    {%- set found = names | select('in', raw_columns or []) | first -%}
    {%- set value = column.name -%}
    {%- if found -%}
        {%- set value = convert_type(found, raw_columns[found], column.data_type) -%}
    {%- elif is_absent or raw_columns is not none and meta.get('optional', false) -%}
        {%- set value = 'cast(null as ' ~ api.Column.translate_type(column.data_type) ~ ')' -%}
    {%- endif -%}
    {%- if 'default' in meta -%}
        {%- set value = 'coalesce(' ~ value ~ ', ' ~ meta['default'] ~ ')' -%}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}
