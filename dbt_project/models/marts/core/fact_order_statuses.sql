{#- Grain: status of an order, as captured by the snapshot. -#}
with

statuses as (
    select * from {{ ref('order_status_snapshot') }}
),

orders as (
    select * from {{ ref('fact_orders') }}
),

status_mapping as (
    {{ value_mapping('order_status') }}
),

numbered as (
    select
        statuses.order_id,
        {{ mapped_value(
            'order_status', 'statuses.order_status', 'status_mapping.value', "'(unmapped)'"
        ) }} as order_status,
        statuses.dbt_valid_from as entered_at,
        cast(
            row_number() over (
                partition by statuses.order_id
                order by statuses.dbt_valid_from asc nulls last
            ) as bigint
        ) as status_number,
        case
            when statuses.dbt_valid_to < cast('9999-12-31' as timestamp)
                then statuses.dbt_valid_to
        end as left_at
    from statuses
    inner join orders on statuses.order_id = orders.order_id
    left join status_mapping
        on {{ mapping_form('statuses.order_status') }} = status_mapping.source_value
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
