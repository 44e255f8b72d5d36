{#- Hook: stops a run that begins while `ecom` loads. Only PostgreSQL lets both in, and knows. Gives
    no statement. -#}
{% macro audit_refuse_loading() -%}
    {%- if audit_changes_models() -%}
        {%- do adapter.dispatch('audit_refuse_loading', 'ecommerce_analytics')() -%}
    {%- endif -%}
{%- endmacro %}

{% macro default__audit_refuse_loading() -%}
{%- endmacro %}

{#- A build by `ecom` holds the lock as the role that dbt has, a load as another. -#}
{% macro postgres__audit_refuse_loading() -%}
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
