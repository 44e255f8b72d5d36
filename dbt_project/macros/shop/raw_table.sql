{#- The relation of a source's table, given its node, or none if it does not exist. The table may
    have another of the names in its `also`. -#}
{% macro raw_table(node) -%}
    {%- for name in [node.identifier] + node.config.meta.get('also', []) -%}
        {%- set relation = load_relation(api.Relation.create(
            database=node.database, schema=node.schema, identifier=name
        )) -%}
        {%- if relation is not none -%}
            {{ return(relation) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro %}
