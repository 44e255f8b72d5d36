-- One row per refunded line, and per rest of a refund that names no line. An order lists its
-- refunds without a date; the refunds file has it, and the lines.
with

detailed as (
    select
        key(body ->> '$.id') as refund_id,
        key(body ->> '$.parent_id') as order_id,
        moment(body ->> '$.date_created_gmt') as refunded_at,
        abs(coalesce(number(body ->> '$.amount'), 0)) as amount,
        cast(coalesce(body -> '$.line_items', '[]') as json[]) as line_items,
        cast(coalesce(body -> '$.shipping_lines', '[]') as json[]) as shipping_lines
    from refunds_export
),

items as (
    select
        refund_id,
        order_id,
        refunded_at,
        row_number() over (partition by refund_id) as part,
        key(list_filter(
            cast(coalesce(item -> '$.meta_data', '[]') as json[]),
            lambda entry: (entry ->> '$.key') = '_refunded_item_id'
        )[1] ->> '$.value') as order_item_id,
        abs(coalesce(number(item ->> '$.quantity'), 0)) as quantity,
        abs(coalesce(number(item ->> '$.total'), 0)) as goods_amount,
        abs(coalesce(number(item ->> '$.total_tax'), 0)) as tax_amount
    from (select * exclude (line_items, shipping_lines), unnest(line_items) as item from detailed)
),

itemised as (
    select
        refund_id,
        sum(goods_amount + tax_amount) as amount
    from items
    group by refund_id
),

shipped as (
    select
        refund_id,
        sum(abs(coalesce(number(item ->> '$.total'), 0))) as shipping_amount,
        sum(abs(coalesce(number(item ->> '$.total_tax'), 0))) as tax_amount
    from (select refund_id, unnest(shipping_lines) as item from detailed)
    group by refund_id
),

rests as (
    select
        detailed.refund_id,
        detailed.order_id,
        detailed.refunded_at,
        coalesce(shipped.shipping_amount, 0) as shipping_amount,
        coalesce(shipped.tax_amount, 0) as tax_amount,
        detailed.amount - coalesce(itemised.amount, 0) - coalesce(shipped.shipping_amount, 0)
        - coalesce(shipped.tax_amount, 0) as goods_amount
    from detailed
    left join itemised on detailed.refund_id = itemised.refund_id
    left join shipped on detailed.refund_id = shipped.refund_id
),

listed as (
    select
        key(body ->> '$.id') as order_id,
        moment(body ->> '$.date_modified_gmt') as refunded_at,
        unnest(cast(coalesce(body -> '$.refunds', '[]') as json[])) as part
    from orders_export
),

-- Parted as the order is: goods with their tax first, then shipping.
undetailed as (
    select
        key(listed.part ->> '$.id') as refund_id,
        listed.order_id,
        listed.refunded_at,
        abs(number(listed.part ->> '$.total')) as amount,
        headers.shipping_total,
        headers.tax_total,
        headers.order_total - headers.shipping_total as goods_with_tax
    from listed
    inner join headers on listed.order_id = headers.order_id
    where key(listed.part ->> '$.id') not in (select refund_id from detailed)
),

undetailed_parts as (
    select
        *,
        least(greatest(amount - goods_with_tax, 0), shipping_total) as shipping_amount,
        coalesce(round(
            least(amount, goods_with_tax) * tax_total / nullif(goods_with_tax, 0), 2
        ), 0) as tax_amount
    from undetailed
)

select
    refund_id, part, order_id, order_item_id, quantity, goods_amount, tax_amount,
    0 as shipping_amount, refunded_at, true as is_dated
from items
union all
select
    refund_id, 0, order_id, key(null), 0, goods_amount, tax_amount, shipping_amount, refunded_at,
    true
from rests
where abs(goods_amount) >= 0.01 or shipping_amount <> 0 or tax_amount <> 0
union all
select
    refund_id, 0, order_id, key(null), 0, amount - tax_amount - shipping_amount, tax_amount,
    shipping_amount, refunded_at, false
from undetailed_parts
