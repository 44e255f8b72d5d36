{#- The audit tables stand beside the models of the target: schema `audit`, or one's own. -#}
{% macro audit_relation(table_name) -%}
    {{ return(api.Relation.create(
        database=target.get('database'),
        schema=generate_schema_name('audit', none),
        identifier=table_name
    )) }}
{%- endmacro %}
