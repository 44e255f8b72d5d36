{#- Grain: valid order. First, nth and previous need a person's whole history: incremental runs
    recompute every order of any person with a changed order, including the order's previous
    owner. -#}
{{ config(
    post_hook="{{ delete_superseded('order_id', ref('int_orders__changes'), by='person_id') }}"
) }}

with

changes as (
    select * from {{ ref('int_orders__changes') }}
),

orders as (
    select * from {{ ref('fact_orders') }}
    {{ changed_rows('person_id') }}
),

numbered as (
    select
        *,
        cast(
            row_number() over (
                partition by person_id
                order by ordered_at asc nulls last, {{ key_order('order_id') }} asc
            ) as bigint
        ) as order_number,
        lag(order_date) over (
            partition by person_id
            order by ordered_at asc nulls last, {{ key_order('order_id') }} asc
        ) as previous_order_date
    from orders
    where is_valid
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
        ordered_at,
        (select max(changes.changed_at) from changes) as built_through
    from numbered
)

select * from final
