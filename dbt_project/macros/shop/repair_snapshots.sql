{#- `dbt run-operation repair_snapshots`: repairs versions that a release before 1.1 may have
    left with equal starts or with an end before the start. Valid histories are not changed. -#}
{% macro repair_snapshots() -%}
    {%- for node in graph.nodes.values()
        | selectattr('resource_type', 'equalto', 'snapshot')
        | selectattr('package_name', 'equalto', 'ecommerce_analytics') -%}
        {%- set relation = load_relation(api.Relation.create(
            database=node.database, schema=node.schema, identifier=node.alias
        )) -%}
        {%- if relation is not none -%}
            {%- set key = node.config.unique_key -%}
            {%- set columns = adapter.get_columns_in_relation(relation)
                | map(attribute='name') | list -%}
            {%- set repaired = repaired_versions(
                relation, key, columns, node.config.dbt_valid_to_current
            ) -%}
            {%- set query -%}
                select count(distinct {{ key }})
                from ({{ repaired }}) as versions
                where is_damaged
            {%- endset -%}
            {%- set damaged = run_query(query).rows[0][0] -%}
            {%- if damaged -%}
                {%- do replace_versions(relation, columns, repaired) -%}
            {%- endif -%}
            {%- do log(relation.identifier ~ ": " ~ damaged ~ " keys repaired", info=true) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
