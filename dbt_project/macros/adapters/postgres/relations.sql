{#- Renames a relation as dbt-postgres does, with two differences.

    dbt drops the old relation with `cascade`, and so every view of other users on it
    (dbt-labs/dbt-core issue 2185). A relation with such views stays where it is and receives the
    rows, or the query, of the new one.

    dbt waits for a reader's lock without a limit and without a message. This gives up after four
    attempts of two seconds, between which others can read, and names who holds the lock. -#}
{% macro postgres__rename_relation(from_relation, to_relation) -%}
    {%- if to_relation.identifier == make_backup_relation(from_relation, 'table').identifier -%}
        {%- if not _postgres_foreign_views(from_relation) -%}
            {%- do _postgres_rename(from_relation, to_relation) -%}
        {%- endif -%}
    {%- else -%}
        {%- set views = _postgres_foreign_views(to_relation) -%}
        {%- if views -%}
            {%- do _postgres_take_over(from_relation, to_relation, views) -%}
        {%- else -%}
            {%- do _postgres_rename(from_relation, to_relation) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro _postgres_rename(from_relation, to_relation) -%}
    {%- call statement('rename_relation') -%}
        {%- call _postgres_with_lock(from_relation) -%}
        alter table {{ from_relation }}
        rename to {{ adapter.quote_as_configured(to_relation.identifier, 'identifier') }};
        {%- endcall -%}
    {%- endcall -%}
{%- endmacro %}

{% macro _postgres_take_over(from_relation, to_relation, views) -%}
    {%- set columns = adapter.get_columns_in_relation(from_relation) -%}
    {%- set kind = "select relkind from pg_class where oid = '%s'::regclass" -%}
    {%- set is_view = run_query(kind | format(from_relation)).rows[0][0] == 'v' -%}
    {%- set is_same_kind = is_view == (run_query(kind | format(to_relation)).rows[0][0] == 'v') -%}
    {%- if not is_same_kind
        or columns | map(attribute='quoted') | list
            != adapter.get_columns_in_relation(to_relation) | map(attribute='quoted') | list
        or columns | map(attribute='data_type') | list
            != adapter.get_columns_in_relation(to_relation) | map(attribute='data_type') | list -%}
        {{ exceptions.raise_compiler_error(
            to_relation.include(database=false) ~ " gets other columns, and views that this "
            ~ "project did not make stand on it: " ~ views | join(", ") ~ "; nothing was changed: "
            ~ "drop them, build again, and create them again"
        ) }}
    {%- endif -%}
    {%- set names = columns | map(attribute='quoted') | join(', ') -%}
    {%- call statement('rename_relation') -%}
        {%- call _postgres_with_lock(to_relation) -%}
        {%- if is_view %}
        create or replace view {{ to_relation }} as
        {{ run_query("select pg_get_viewdef('" ~ from_relation ~ "'::regclass)").rows[0][0] }}
        drop view {{ from_relation }};
        {%- else %}
        truncate {{ to_relation }};
        insert into {{ to_relation }} ({{ names }}) select {{ names }} from {{ from_relation }};
        drop table {{ from_relation }};
        {%- endif %}
        {%- endcall -%}
    {%- endcall -%}
{%- endmacro %}

{#- Drops a relation as dbt does, but stops if that would drop views of other users. Temporary
    and backup relations have none: see postgres__rename_relation. -#}
{% macro postgres__drop_relation(relation) -%}
    {%- set is_passing = relation.identifier.endswith(('__dbt_tmp', '__dbt_backup')) -%}
    {%- set views = [] if is_passing else _postgres_foreign_views(relation) -%}
    {%- if views -%}
        {{ exceptions.raise_compiler_error(
            relation.include(database=false) ~ " is made again, and views that this project did "
            ~ "not make stand on it: " ~ views | join(", ") ~ "; nothing was changed: drop them, "
            ~ "build again, and create them again"
        ) }}
    {%- endif -%}
    {%- do default__drop_relation(relation) -%}
{%- endmacro %}

{#- The names of the views outside this project that depend on a relation, directly or through
    other views; empty if the relation does not exist. -#}
{% macro _postgres_foreign_views(relation) -%}
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

{#- Wraps statements that need an exclusive lock on a relation: four attempts of two seconds
    each, then an error that names the holder of the lock. -#}
{% macro _postgres_with_lock(relation) -%}
    do $ecom$
    declare
        holders text;
    begin
        set local lock_timeout = '2s';
        for attempt in 1..4 loop
            begin
                {{ caller() }}
                return;
            exception when lock_not_available then
                if attempt < 4 then
                    perform pg_sleep(0.5);
                end if;
            end;
        end loop;
        select string_agg(distinct format(
            '%s (pid %s, role %s)',
            coalesce(nullif(sessions.application_name, ''), 'a session'),
            sessions.pid,
            sessions.usename
        ), ', ')
        into holders
        from pg_locks as locks
        inner join pg_stat_activity as sessions on locks.pid = sessions.pid
        where
            locks.relation = '{{ relation }}'::regclass
            and locks.granted
            and locks.pid != pg_backend_pid();
        raise lock_not_available using message = format(
            '%s is in use by %s; let it end there, then build again',
            '{{ relation.include(database=false) }}',
            coalesce(holders, 'a session that has ended since')
        );
    end
    $ecom$
{%- endmacro %}
