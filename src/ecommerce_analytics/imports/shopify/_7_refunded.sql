-- One row per order and export that saw its refunds grow, parted into goods, tax and shipping as
-- far as Refunded Amount reaches: goods with their tax first, then shipping.
with

growth as (
    select
        headers.order_id,
        headers.position,
        headers.latest_at,
        headers.cancelled_at,
        headers.refunded_amount as refunded,
        coalesce(lag(headers.refunded_amount) over orders, 0) as refunded_before
    from headers
    where headers.refunded_amount is not null
    window orders as (partition by headers.order_id order by headers.position)
),

grown as (
    select
        growth.*,
        money.goods_amount,
        money.added_tax,
        money.shipping_total,
        money.goods_amount + money.added_tax as goods_with_tax
    from growth
    inner join money on growth.order_id = money.order_id
    where growth.refunded <> growth.refunded_before
),

parted as (
    select
        *,
        round(
            least(refunded, goods_with_tax) * added_tax / nullif(goods_with_tax, 0), 2
        ) as tax,
        round(
            least(refunded_before, goods_with_tax) * added_tax / nullif(goods_with_tax, 0), 2
        ) as tax_before,
        least(greatest(refunded - goods_with_tax, 0), shipping_total) as shipping,
        least(greatest(refunded_before - goods_with_tax, 0), shipping_total) as shipping_before
    from grown
)

select
    order_id,
    position,
    row_number() over (partition by order_id order by position) as refund_number,
    refunded - refunded_before as amount,
    coalesce(tax, 0) - coalesce(tax_before, 0) as tax_amount,
    shipping - shipping_before as shipping_amount,
    coalesce(cancelled_at, latest_at) as refunded_at,
    cancelled_at is not null as is_dated
from parted
