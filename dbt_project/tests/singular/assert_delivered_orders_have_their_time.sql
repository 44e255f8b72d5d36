{{ config(severity='warn', tags=['observation']) }}
with

orders as (
    select * from {{ ref('fact_orders') }}
),

-- A shop that records no deliveries has nothing to miss.
recorded as (
    select count(*) as delivery_count
    from orders
    where delivered_at is not null
)

select
    orders.order_id,
    orders.order_status,
    orders.shipped_at
from orders
cross join recorded
where
    orders.order_status = 'delivered'
    and orders.delivered_at is null
    and recorded.delivery_count > 0
