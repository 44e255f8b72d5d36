{#- The rows of `contract_source` where a raw table is looked up that a node does not stand on: the
    lineage has one source for each staging model. -#}
{% macro contract_rows(table_name) -%}
    {%- set node = graph.sources.values()
        | selectattr('source_name', 'equalto', 'ecommerce')
        | selectattr('name', 'equalto', table_name) | first -%}
    {%- set relation = api.Relation.create(
        database=node.database, schema=node.schema, identifier=node.identifier
    ) -%}
    {{ contract_source(table_name, relation=relation) }}
{%- endmacro %}
