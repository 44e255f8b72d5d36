{#- The rows of `contract_source` for a lookup in a raw table that is not the node's own source:
    the lineage has one source per staging model. -#}
{% macro contract_rows(table_name, source_name='ecommerce') -%}
    {%- if source_name == 'ecommerce' and is_connected(table_name) -%}
        {{ return(contract_source(table_name) ~ ' as ' ~ table_name) }}
    {%- endif -%}
    {%- set node = graph.sources.values()
        | selectattr('source_name', 'equalto', source_name)
        | selectattr('name', 'equalto', table_name) | first -%}
    {%- set relation = api.Relation.create(
        database=node.database, schema=node.schema, identifier=node.identifier
    ) -%}
    {{ contract_source(table_name, source_name, relation=relation) }}
{%- endmacro %}
