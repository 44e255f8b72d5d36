{{ config(tags=['reconciliation']) }}
with

orders as (
    select
        person_id,
        sum(net_amount) as net_amount,
        count(*) as order_count
    from {{ ref('fact_orders') }}
    where is_valid
    group by person_id
),

customers as (
    select
        person_id,
        lifetime_value,
        order_count
    from {{ ref('customer_analytics') }}
)

select
    customers.lifetime_value,
    orders.net_amount,
    coalesce(customers.person_id, orders.person_id) as person_id
from customers
full outer join orders on customers.person_id = orders.person_id
where
    coalesce(customers.lifetime_value, -1) <> coalesce(orders.net_amount, 0)
    or coalesce(customers.order_count, -1) <> coalesce(orders.order_count, 0)
