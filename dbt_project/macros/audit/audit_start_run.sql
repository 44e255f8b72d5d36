{#- Hook: the run is on record before its first model changes anything. -#}
{% macro audit_start_run() -%}
    insert into {{ audit_relation('runs') }} values (
        '{{ invocation_id }}',
        '{{ flags.WHICH }}',
        '{{ target.name }}',
        '{{ dbt_version }}',
        {{ 'true' if flags.FULL_REFRESH else 'false' }},
        'running',
        null,
        null,
        null,
        null,
        cast('{{ audit_now() }}' as {{ dbt.type_timestamp() }}),
        null
    )
{%- endmacro %}
