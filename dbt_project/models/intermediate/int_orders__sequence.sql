{#- Grain: valid order. First, nth and previous need a person's whole history, which a slice of an
    incremental fact cannot know: hence a model of its own on top. -#}
with

orders as (
    select * from {{ ref('fact_orders') }}
    where is_valid
),

numbered as (
    select
        order_id,
        person_id,
        order_date,
        ordered_at,
        net_amount,
        cast(
            row_number() over (
                partition by person_id order by ordered_at asc nulls last, order_id asc
            ) as bigint
        ) as order_number,
        lag(order_date) over (
            partition by person_id order by ordered_at asc nulls last, order_id asc
        ) as previous_order_date
    from orders
),

final as (
    select
        order_id,
        person_id,
        order_number,
        order_number = 1 as is_first_order,
        order_date,
        previous_order_date,
        {{ calculate_days_between('previous_order_date', 'order_date') }}
            as days_since_previous_order,
        net_amount,
        ordered_at
    from numbered
)

select * from final
