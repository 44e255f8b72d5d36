{#- Grain: version of an account. -#}
with

versions as (
    select * from {{ ref('customer_snapshot') }}
),

numbered as (
    select
        *,
        coalesce(cast(dbt_is_deleted as {{ dbt.type_boolean() }}), false) as is_deleted,
        cast(
            row_number() over (
                partition by customer_id order by dbt_valid_from asc nulls last
            ) as bigint
        ) as version_number,
        lead(dbt_valid_from) over (
            partition by customer_id order by dbt_valid_from asc nulls last
        ) as next_valid_from
    from versions
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key(['customer_id', 'version_number']) }}
            as customer_history_key,
        customer_id,
        person_id,
        segment,
        state,
        country,
        city,
        acquisition_channel,
        accepts_marketing,
        version_number,
        is_deleted,
        next_valid_from is null and not is_deleted as is_current,
        case
            when version_number = 1 then cast('1970-01-01' as timestamp)
            else dbt_valid_from
        end as valid_from,
        coalesce(next_valid_from, cast('9999-12-31' as timestamp)) as valid_to
    from numbered
)

select * from final
