{#- Finds the value of `load_time`, the end of the load that a snapshot is about to capture: the
    latest `loaded_at` of its relation and of the raw tables every shop has, and the latest row of
    `audit.loads`, because a batch that only deletes rows changes no `loaded_at`; but later than
    the start of every version. -#}
{% macro find_load_time(relation_sql) -%}
    {%- set loads = load_relation(api.Relation.create(
        database=target.get('database'), schema='audit', identifier='loads'
    )) -%}
    {%- call statement('load_time', fetch_result=true) -%}
        select cast(max(moments.moment) as {{ dbt.type_string() }}) as load_time
        from (
            select max(seen.loaded_at) as moment
            from ({{ relation_sql }}) as seen
            union all
            select {{ dbt.dateadd('microsecond', 1, 'max(versions.dbt_valid_from)') }} as moment
            from {{ this }} as versions
            {%- for table in graph.sources.values()
                | selectattr('source_name', 'in', ['ecommerce', var('ecommerce_source')])
                if not table.config.meta.get('optional') %}
            union all
            select max({{ table.loaded_at_field }}) as moment
            from {{ contract_rows(table.name, table.source_name) }}
            {%- endfor %}
            {%- if loads is not none %}
            union all
            select max(loads.loaded_at) as moment
            from {{ loads }} as loads
            {%- endif %}
        ) as moments
    {%- endcall -%}
{%- endmacro %}
