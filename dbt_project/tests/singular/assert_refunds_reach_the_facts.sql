with

refunds as (
    select * from {{ ref('stg_ecommerce__refunds') }}
),

orders as (
    select * from {{ ref('int_orders__accepted') }}
),

without_order as (
    select * from {{ ref('int_refunds__without_order') }}
),

fact_refunds as (
    select * from {{ ref('fact_refunds') }}
    where not is_exchange
),

-- Where prices include tax, the tax is part of what was given back for goods and shipping.
given_back as (
    select
        refunds.refund_id,
        refunds.goods_amount + refunds.shipping_amount
        + case
            when not coalesce(orders.prices_include_tax, {{ var('prices_include_tax') }})
                then refunds.tax_amount
            when orders.order_id is null
                then greatest(refunds.tax_amount - refunds.goods_amount, 0)
            else 0
        end as refund_amount
    from refunds
    left join orders on refunds.order_id = orders.order_id
    left join without_order on refunds.refund_id = without_order.refund_id
    where orders.order_id is not null or without_order.refund_id is not null
),

in_the_facts as (
    select
        refund_id,
        sum(
            returns_amount + gift_card_refund_amount + tax_refund_amount + shipping_refund_amount
        ) as refund_amount
    from fact_refunds
    group by refund_id
)

select
    given_back.refund_amount,
    in_the_facts.refund_amount as fact_refund_amount,
    coalesce(given_back.refund_id, in_the_facts.refund_id) as refund_id
from given_back
full outer join in_the_facts on given_back.refund_id = in_the_facts.refund_id
where given_back.refund_amount is distinct from in_the_facts.refund_amount
