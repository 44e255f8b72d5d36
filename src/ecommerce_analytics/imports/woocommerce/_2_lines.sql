-- One row per line and fee of an order. Amounts of WooCommerce's lines are without tax; a fee
-- below 0 is a discount.
with

parts as (
    select
        key(body ->> '$.id') as order_id,
        'product' as line_type,
        unnest(cast(coalesce(body -> '$.line_items', '[]') as json[])) as part
    from orders_export
    union all
    select
        key(body ->> '$.id') as order_id,
        'fee' as line_type,
        unnest(cast(coalesce(body -> '$.fee_lines', '[]') as json[])) as part
    from orders_export
),

typed as (
    select
        order_id,
        line_type,
        key(part ->> '$.id') as order_item_id,
        key(coalesce(nullif(part ->> '$.variation_id', '0'), nullif(part ->> '$.product_id', '0')))
            as product_id,
        key(nullif(part ->> '$.product_id', '0')) as parent_id,
        clean(part ->> '$.name') as product_name,
        clean(part ->> '$.sku') as sku,
        coalesce(number(part ->> '$.quantity'), 1) as quantity,
        coalesce(number(part ->> '$.subtotal'), number(part ->> '$.total'), 0) as gross,
        coalesce(number(part ->> '$.total'), 0) as line_total,
        number(part ->> '$.total_tax') as tax_amount
    from parts
)

select
    typed.*,
    headers.ordered_at,
    row_number() over (
        partition by typed.order_id order by typed.line_type desc, typed.order_item_id
    ) as line_number
from typed
inner join headers on typed.order_id = headers.order_id
where typed.line_type = 'product' or typed.line_total >= 0
