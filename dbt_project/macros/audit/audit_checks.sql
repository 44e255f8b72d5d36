{#- The checks that stop or fail a run; called by `audit_start` and `audit_end`. -#}

{#- Stops a run that would damage the warehouse, and records the row counts of its sources. -#}
{% macro audit_check_start() -%}
    {#- `--empty` builds every model without rows, and closes every row of the snapshots. -#}
    {%- if flags.EMPTY and not env_var('ECOM_SCHEMA', '') -%}
        {{ exceptions.raise_compiler_error(
            "--empty would empty the tables that others read; "
            "set ECOM_SCHEMA to a schema of your own, such as dbt_" ~ env_var('USER', 'me')
        ) }}
    {%- endif -%}
    {%- if audit_changes_models() -%}
        {%- do adapter.dispatch('audit_check_loading', 'ecommerce_analytics')() -%}
        {%- if is_connected('orders') -%}
            {%- do check_connector() -%}
        {%- endif -%}
        {%- set now = _audit_volumes_now() -%}
        {%- do _audit_check_volumes(now) -%}
        {%- call statement('record_volumes') -%}
            insert into {{ audit_relation('source_states') }} values
            {%- for source_name, (row_count, last_loaded_at) in now.items() %}
            (
                '{{ invocation_id }}',
                '{{ source_name }}',
                {{ row_count }},
                '{{ last_loaded_at }}',
                cast('{{ audit_now() }}' as {{ dbt.type_timestamp() }})
            )
            {{- "," if not loop.last }}
            {%- endfor %}
        {%- endcall -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
{%- endmacro %}

{#- Fails a run if a source table was loaded during it, because the marts may mix two states of
    the shop. Builds with `ecom` block loads with `ecom`. -#}
{% macro audit_check_end() -%}
    {%- if audit_changes_models() -%}
        {%- set query -%}
            select
                source_name,
                row_count,
                last_loaded_at
            from {{ audit_relation('source_states') }}
            where invocation_id = '{{ invocation_id }}'
        {%- endset -%}
        {%- set now = _audit_volumes_now() -%}
        {%- set loaded = [] -%}
        {%- for name, row_count, last_loaded_at in run_query(query).rows -%}
            {%- if now[name] != [row_count | int, (last_loaded_at or '') | string] -%}
                {%- do loaded.append(name) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if loaded -%}
            {%- call statement('fail_run') -%}
                update {{ audit_relation('runs') }} set status = 'failed'
                where invocation_id = '{{ invocation_id }}'
            {%- endcall -%}
            {%- do adapter.commit() -%}
            {{ exceptions.raise_compiler_error(
                "a load came in while this ran (" ~ loaded | sort | join(", ")
                ~ "), so the marts may hold two states of the shop; build again"
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- Whether the command changes models or snapshots, so that its sources must be complete. -#}
{% macro audit_changes_models() -%}
    {{ return(execute and flags.WHICH in ['build', 'run', 'snapshot'] and not flags.EMPTY) }}
{%- endmacro %}

{#- Stops a run that starts during a load by `ecom`: only PostgreSQL lets both in. -#}
{% macro default__audit_check_loading() -%}
{%- endmacro %}

{#- A build by `ecom` holds the lock under dbt's role, a load under another one. -#}
{% macro postgres__audit_check_loading() -%}
    {%- set query -%}
        select sessions.pid
        from pg_locks as locks
        inner join pg_stat_activity as sessions on locks.pid = sessions.pid
        where
            locks.relation = to_regclass('audit.work_lock')
            and locks.mode = 'ExclusiveLock'
            and locks.granted
            and sessions.usename != current_user
    {%- endset -%}
    {%- set found = run_query(query).rows -%}
    {%- if found -%}
        {{ exceptions.raise_compiler_error(
            "a load runs on this warehouse (pid " ~ found[0][0]
            ~ "); let it finish, then build again"
        ) }}
    {%- endif -%}
{%- endmacro %}

{#- Stops the run if a source table has lost most of its rows since the last successful run:
    after a broken load, the snapshots would close every row. A full refresh is not checked. -#}
{% macro _audit_check_volumes(now) -%}
    {%- set query -%}
        select
            volumes.source_name,
            volumes.row_count
        from {{ audit_relation('source_states') }} as volumes
        inner join {{ audit_relation('runs') }} as runs
            on volumes.invocation_id = runs.invocation_id
        where runs.status = 'succeeded'
        order by volumes.counted_at asc
    {%- endset -%}
    {%- set volumes = {} -%}
    {%- for source_name, row_count in run_query(query).rows -%}
        {%- do volumes.update({source_name: row_count | int}) -%}
    {%- endfor -%}
    {%- set floor = 0 if flags.FULL_REFRESH else var('volume_floor') -%}
    {%- for source_name, before in volumes.items() if source_name in now -%}
        {%- set row_count = now.get(source_name, [0])[0] -%}
        {%- if row_count < floor * before -%}
            {{ exceptions.raise_compiler_error(
                (graph.sources.values() | selectattr('name', 'equalto', source_name) | first).schema
                ~ "." ~ source_name ~ " has " ~ row_count
                ~ " rows and had " ~ before ~ " at the last run, so nothing was built; load it "
                ~ "again, or where that is right, run with --vars '{volume_floor: 0}'"
            ) }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- Rows that a connector marks as deleted do not count. -#}
{% macro _audit_only_kept(source, relation) -%}
    {%- set names = adapter.get_columns_in_relation(relation) | map(attribute='name')
        if '_fivetran_deleted' in source.columns else [] -%}
    {{ return(' where not coalesce(_fivetran_deleted, false)'
        if '_fivetran_deleted' in names | map('lower') | list else '') }}
{%- endmacro %}

{#- Row count and last load time per source table; 0 and blank for a table that does not exist.
    Stops the run if none exists. -#}
{% macro _audit_volumes_now() -%}
    {%- set volumes = {} -%}
    {%- set counts = [] -%}
    {%- for source in graph.sources.values() | sort(attribute='name') -%}
        {%- set relation = raw_table(source) -%}
        {%- do volumes.update({source.name: [0, '']}) -%}
        {%- if relation is not none -%}
            {%- do counts.append(
                "select '" ~ source.name ~ "' as source_name, count(*) as row_count, "
                ~ "cast(max(" ~ (source.loaded_at_field or 'loaded_at') ~ ") as "
                ~ dbt.type_string() ~ ") as last_loaded_at from " ~ relation
                ~ _audit_only_kept(source, relation)
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not counts -%}
        {{ exceptions.raise_compiler_error(
            "nothing is loaded: there is none of the raw tables; load a shop first: ecom load"
        ) }}
    {%- endif -%}
    {%- for row in run_query(counts | join(' union all ')).rows -%}
        {%- do volumes.update({row[0]: [row[1] | int, (row[2] or '') | string]}) -%}
    {%- endfor -%}
    {{ return(volumes) }}
{%- endmacro %}
