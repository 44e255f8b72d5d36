{{ config(tags=['reconciliation']) }}
with

orders as (
    select * from {{ ref('fact_orders') }}
),

items as (
    select
        order_id,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(returns_amount) as returns_amount,
        sum(net_amount) as net_amount,
        sum(gift_card_amount) as gift_card_amount,
        sum(tip_amount) as tip_amount
    from {{ ref('fact_order_items') }}
    group by order_id
)

select
    orders.order_id,
    orders.net_amount,
    items.net_amount as items_net_amount
from orders
left join items on orders.order_id = items.order_id
where
    orders.gross_amount <> coalesce(items.gross_amount, 0)
    or orders.discount_amount <> coalesce(items.discount_amount, 0)
    or orders.returns_amount <> coalesce(items.returns_amount, 0)
    or orders.net_amount <> coalesce(items.net_amount, 0)
    or orders.gift_card_amount <> coalesce(items.gift_card_amount, 0)
    or orders.tip_amount <> coalesce(items.tip_amount, 0)
