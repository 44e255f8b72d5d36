{#- A table in the raw schema that is not part of the source contract. -#}
{% macro raw_relation(table_name) -%}
    {{ return(api.Relation.create(
        database=var('raw_database') or target.get('database'),
        schema=var('raw_schema'),
        identifier=table_name
    )) }}
{%- endmacro %}
