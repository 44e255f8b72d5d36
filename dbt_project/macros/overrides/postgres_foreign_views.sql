{#- The views that stand on a relation, on views of it too, and are no part of this project, as a
    list of names; empty where there is no such relation. -#}
{% macro postgres_foreign_views(relation) -%}
    {%- set query -%}
        with recursive standing as (
            select to_regclass('{{ relation }}')::oid as oid
            union
            select rewrites.ev_class
            from standing
            inner join pg_depend as depends
                on
                    standing.oid = depends.refobjid
                    and depends.refclassid = 'pg_class'::regclass
                    and depends.classid = 'pg_rewrite'::regclass
            inner join pg_rewrite as rewrites on depends.objid = rewrites.oid
        )
        select
            schemas.nspname,
            classes.relname
        from standing
        inner join pg_class as classes on standing.oid = classes.oid
        inner join pg_namespace as schemas on classes.relnamespace = schemas.oid
        where standing.oid != to_regclass('{{ relation }}')
        order by 1, 2
    {%- endset -%}
    {%- set found = run_query(query).rows -%}
    {%- set ours = [] -%}
    {%- if found -%}
        {%- for node in graph.nodes.values() if node.resource_type in ('model', 'snapshot') -%}
            {%- do ours.append((node.schema, node.alias)) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set views = [] -%}
    {%- for schema, name in found -%}
        {%- set plain = name.removesuffix('__dbt_tmp').removesuffix('__dbt_backup') -%}
        {%- if (schema, plain) not in ours -%}
            {%- do views.append(schema ~ "." ~ name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(views) }}
{%- endmacro %}
