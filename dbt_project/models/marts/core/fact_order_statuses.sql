{#- Grain: status of an order, as the snapshot saw it. -#}
with

statuses as (
    select * from {{ ref('order_status_snapshot') }}
),

numbered as (
    select
        order_id,
        order_status,
        cast(
            row_number() over (
                partition by order_id order by dbt_valid_from asc nulls last
            ) as bigint
        ) as status_number,
        dbt_valid_from as entered_at,
        case
            when dbt_valid_to < cast('9999-12-31' as timestamp) then dbt_valid_to
        end as left_at
    from statuses
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key(['order_id', 'status_number']) }} as order_status_key,
        order_id,
        order_status,
        status_number,
        left_at is null as is_current,
        {{ divide_integers(
            epoch_microseconds('left_at') ~ ' - ' ~ epoch_microseconds('entered_at'),
            'cast(1000000 as bigint)'
        ) }} as seconds_in_status,
        entered_at,
        left_at
    from numbered
)

select * from final
