{{ config(tags=['reconciliation']) }}
with

order_items as (
    select
        *,
        case when quantity < 0 or line_total < 0 then 0 else line_total end as sold_amount
    from {{ ref('stg_ecommerce__order_items') }}
),

orders as (
    select * from {{ ref('int_orders__accepted') }}
),

amounts as (
    select * from {{ ref('int_order_items__amounts') }}
),

expected as (
    select
        orders.order_id,
        sum(order_items.sold_amount) - least(
            greatest(max(orders.discount_total) - sum(order_items.discount), 0),
            sum(order_items.sold_amount)
        ) as paid_amount
    from orders
    inner join order_items on orders.order_id = order_items.order_id
    group by orders.order_id
),

spread as (
    select
        order_id,
        sum(sales_amount + gift_card_amount + tip_amount)
        + sum(case when is_return then 0 else included_tax_amount end) as paid_amount
    from amounts
    group by order_id
)

select
    expected.order_id,
    expected.paid_amount,
    spread.paid_amount as spread_amount
from expected
left join spread on expected.order_id = spread.order_id
where expected.paid_amount is distinct from spread.paid_amount
