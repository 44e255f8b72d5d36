{#- The versions of a snapshot, with those of each damaged key in the order in which they were
    loaded: each starts after the previous one and ends at the next one's start at the latest.
    `is_damaged` marks the damaged keys. -#}
{% macro repaired_versions(relation, key, columns, forever) -%}
    {%- set times = ['dbt_scd_id', 'dbt_updated_at', 'dbt_valid_from', 'dbt_valid_to'] -%}
    {%- set kept = columns | reject('in', times) | list -%}
    {%- set loaded_at -%}
        {%- if 'loaded_at' in columns %}loaded_at{% else %}cast(null as timestamp){% endif -%}
    {%- endset -%}
    {%- set is_deleted -%}
        {%- if 'dbt_is_deleted' in columns %}dbt_is_deleted{% else %}'False'{% endif -%}
    {%- endset -%}
    {%- set step -%}
        cast(new_microseconds - {{ epoch_microseconds('candidate') }} as bigint)
    {%- endset -%}
    {%- set step_seconds -%}
        cast({{ divide_integers(step, 'cast(1000000 as bigint)') }} as int)
    {%- endset -%}
    {%- set step_microseconds -%}
        cast(mod({{ step }}, 1000000) as int)
    {%- endset -%}
    with

    stored as (
        select
            {{ columns | join(',\n            ') }},
            {{ loaded_at }} as seen_at,
            row_number() over (
                partition by {{ kept | join(', ') }}, dbt_valid_from
                order by dbt_valid_to desc nulls last, dbt_scd_id asc
            ) as twin_number,
            lead(dbt_valid_from) over (
                partition by {{ key }} order by dbt_valid_from asc, dbt_valid_to asc, dbt_scd_id asc
            ) as start_after
        from {{ relation }}
    ),

    judged as (
        select
            stored.*,
            max(
                case
                    when
                        dbt_valid_to <= dbt_valid_from
                        or start_after < dbt_valid_to
                        or start_after = dbt_valid_from
                        then 1
                    else 0
                end
            ) over (partition by {{ key }}) = 1 as is_damaged
        from stored
    ),

    numbered as (
        select
            judged.*,
            row_number() over (
                partition by {{ key }}
                order by
                    seen_at asc nulls first, {{ is_deleted }} asc, dbt_valid_from asc,
                    dbt_valid_to asc, dbt_scd_id asc
            ) as version_number
        from judged
        where twin_number = 1
    ),

    compared as (
        select
            numbered.*,
            max(dbt_valid_from) over (
                partition by {{ key }} order by version_number asc
                rows between unbounded preceding and 1 preceding
            ) as latest_start,
            lag(case when dbt_valid_to < {{ forever }} then dbt_valid_to end) over (
                partition by {{ key }} order by version_number asc
            ) as previous_end
        from numbered
    ),

    placed as (
        select
            compared.*,
            greatest(
                dbt_valid_from,
                case
                    when dbt_valid_from > latest_start or seen_at is null then dbt_valid_from
                    when latest_start is null then dbt_valid_from
                    else seen_at
                end,
                coalesce(previous_end, dbt_valid_from)
            ) as candidate
        from compared
    ),

    spread as (
        select
            placed.*,
            max({{ epoch_microseconds('candidate') }} - version_number) over (
                partition by {{ key }} order by version_number asc
                rows between unbounded preceding and current row
            ) + version_number as new_microseconds
        from placed
    ),

    started as (
        select
            spread.*,
            {{ dbt.dateadd(
                'second', step_seconds, dbt.dateadd('microsecond', step_microseconds, 'candidate')
            ) }} as new_start
        from spread
    ),

    ended as (
        select
            started.*,
            lead(new_start) over (
                partition by {{ key }} order by version_number asc
            ) as next_start
        from started
    ),

    repaired as (
        select
            {{ kept | join(',\n            ') }},
            new_start as dbt_updated_at,
            new_start as dbt_valid_from,
            case
                when
                    dbt_valid_to > new_start
                    and (next_start is null or dbt_valid_to <= next_start)
                    then dbt_valid_to
                else coalesce(next_start, {{ forever }})
            end as dbt_valid_to,
            case
                when new_start = dbt_valid_from then dbt_scd_id
                else {{ snapshot_hash_arguments([key, 'new_start']) }}
            end as dbt_scd_id,
            is_damaged
        from ended
        where is_damaged

        union all

        select
            {{ kept | join(',\n            ') }},
            dbt_updated_at,
            dbt_valid_from,
            dbt_valid_to,
            dbt_scd_id,
            is_damaged
        from judged
        where not is_damaged
    )

    select * from repaired
{%- endmacro %}
