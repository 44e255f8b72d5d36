{#- Grain: refund of an order that the warehouse accepts; all others are held back, or are in
    int_refunds__without_order. Where prices include tax, refunds are split into net and tax
    too. -#}
with

refunds as (
    select * from {{ ref('stg_ecommerce__refunds') }}
),

orders as (
    select * from {{ ref('int_orders__accepted') }}
),

matched as (
    select
        refunds.refund_id,
        refunds.order_id,
        refunds.order_item_id,
        refunds.quantity,
        refunds.loaded_at,
        orders.prices_include_tax,
        {{ to_cents('refunds.goods_amount') }} as goods_cents,
        {{ to_cents('refunds.tax_amount') }} as given_tax_cents,
        {{ to_cents('refunds.shipping_amount') }} as shipping_cents,
        -- A refund without its own tax gets the same share of tax as its order.
        coalesce({{ multiply_then_divide(
            to_cents('refunds.goods_amount + refunds.shipping_amount'),
            to_cents('orders.tax_total'),
            'nullif(' ~ to_cents('orders.order_total') ~ ', 0)'
        ) }}, 0) as tax_share_cents,
        coalesce(
            {{ credible_time('refunds.refunded_at', 'refunds.loaded_at') }}, orders.ordered_at
        ) as refunded_at
    from refunds
    inner join orders on refunds.order_id = orders.order_id
),

parted as (
    select
        *,
        case
            when not prices_include_tax or given_tax_cents <> 0 then given_tax_cents
            else tax_share_cents
        end as tax_cents,
        case
            when not prices_include_tax then 0
            when given_tax_cents <> 0 then given_tax_cents
            else tax_share_cents
        end as included_cents
    from matched
),

-- The tax is split between goods and shipping in proportion; the odd cent goes to goods.
split as (
    select
        *,
        coalesce({{ multiply_then_divide(
            'included_cents', 'shipping_cents', 'nullif(goods_cents + shipping_cents, 0)'
        ) }}, 0) as shipping_included_cents
    from parted
),

final as (
    select
        refund_id,
        order_id,
        order_item_id,
        quantity,
        {{ from_cents('goods_cents - (included_cents - shipping_included_cents)') }}
            as goods_amount,
        {{ from_cents('tax_cents') }} as tax_amount,
        {{ from_cents('shipping_cents - shipping_included_cents') }} as shipping_amount,
        refunded_at,
        loaded_at
    from split
)

select * from final
