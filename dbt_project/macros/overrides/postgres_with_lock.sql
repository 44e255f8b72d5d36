{#- A statement that runs others, which need a relation alone: four attempts of two seconds, then an
    error that names who holds it. To be called with the others as its body. -#}
{% macro postgres_with_lock(relation) -%}
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
