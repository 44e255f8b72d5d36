with

orders as (
    select * from {{ ref('stg_ecommerce__orders') }}
),

refunds as (
    select
        order_id,
        min(refunded_at) as first_refunded_at
    from {{ ref('stg_ecommerce__refunds') }}
    group by order_id
)

select
    orders.order_id,
    orders.ordered_at,
    orders.shipped_at,
    orders.delivered_at,
    refunds.first_refunded_at
from orders
left join refunds on orders.order_id = refunds.order_id
where
    orders.shipped_at < orders.ordered_at
    or orders.delivered_at < orders.shipped_at
    or orders.cancelled_at < orders.ordered_at
    or refunds.first_refunded_at < orders.ordered_at
