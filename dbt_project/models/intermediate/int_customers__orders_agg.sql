{{ config(
    post_hook="{{ delete_superseded('person_id', ref('int_orders__changes'), by='person_id') }}"
) }}

with

changes as (
    select * from {{ ref('int_orders__changes') }}
),

orders as (
    select * from {{ ref('fact_orders') }}
    {{ changed_rows('person_id') }}
),

sequence as (
    select * from {{ ref('int_orders__sequence') }}
    {{ changed_rows('person_id') }}
),

final as (
    select
        orders.person_id,
        max(case when sequence.is_first_order then orders.order_id end) as first_order_id,
        count(*) as order_count,
        cast(sum(case when orders.has_items then 1 else 0 end) as bigint)
            as orders_with_items_count,
        cast(sum(orders.unit_count) as {{ type_quantity() }}) as unit_count,
        cast(sum(orders.gross_amount) as {{ type_money() }}) as gross_amount,
        cast(sum(orders.discount_amount) as {{ type_money() }}) as discount_amount,
        cast(sum(orders.returns_amount) as {{ type_money() }}) as returns_amount,
        cast(sum(orders.net_amount) as {{ type_money() }}) as net_amount,
        cast(sum(orders.total_sales_amount) as {{ type_money() }}) as total_sales_amount,
        cast(coalesce(sum(sequence.days_since_previous_order), 0) as bigint)
            as days_between_orders_total,
        cast({{ percentile('sequence.days_since_previous_order', 0.5) }} as integer)
            as median_days_between_orders,
        min(orders.order_date) as first_order_date,
        max(orders.order_date) as last_order_date,
        (select max(changes.changed_at) from changes) as built_through
    from orders
    inner join sequence on orders.order_id = sequence.order_id
    where orders.is_valid
    group by orders.person_id
)

select * from final
