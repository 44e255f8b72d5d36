{#- Grain: refunded line, or adjustment of a refund, or refund with neither. An adjustment is what
    the customer got less, so shipping given back is below 0. Refunds of deleted orders are left
    out. -#}
{{ config(enabled=var('ecommerce_source') == 'shopify_fivetran') }}

with

refunds as (
    select * from {{ contract_source('refund', 'shopify_fivetran') }}
),

refund_lines as (
    select * from {{ contract_source('order_line_refund', 'shopify_fivetran') }}
),

adjustments as (
    select * from {{ contract_source('order_adjustment', 'shopify_fivetran') }}
),

transactions as (
    select * from {{ contract_source('transaction', 'shopify_fivetran') }}
),

orders as (
    select * from {{ contract_source('order', 'shopify_fivetran') }}
    where not _fivetran_deleted
),

order_items as (
    select * from {{ ref('base_shopify_fivetran__order_items') }}
),

headers as (
    select
        refunds.id as refund_id,
        refunds.order_id,
        coalesce(orders.taxes_included, {{ var('prices_include_tax') }}) as prices_include_tax,
        coalesce(refunds.processed_at, refunds.created_at) as refunded_at,
        greatest(refunds._fivetran_synced, orders._fivetran_synced) as loaded_at
    from refunds
    inner join orders on refunds.order_id = orders.id
    where not refunds._fivetran_deleted
),

returned as (
    select
        refund_lines.id,
        refund_lines.refund_id,
        refund_lines.order_line_id,
        refund_lines.quantity,
        headers.order_id,
        headers.prices_include_tax,
        headers.refunded_at,
        order_items.quantity as sold_quantity,
        coalesce(refund_lines.subtotal, 0) as subtotal,
        coalesce(refund_lines.total_tax, 0) as tax,
        -- What the refunded units were sold for, in units of the whole line.
        order_items.line_total * refund_lines.quantity as sold_share,
        greatest(
            headers.loaded_at,
            refund_lines._fivetran_synced,
            coalesce(order_items.loaded_at, headers.loaded_at)
        ) as loaded_at
    from refund_lines
    inner join headers on refund_lines.refund_id = headers.refund_id
    left join order_items on refund_lines.order_line_id = order_items.order_item_id
    where not refund_lines._fivetran_deleted
),

-- Where prices include tax, some versions give a refund's subtotal with its tax and some without.
parted as (
    select
        id as refund_id,
        order_id,
        order_line_id as order_item_id,
        quantity,
        tax as tax_amount,
        refunded_at,
        loaded_at,
        cast(0 as numeric(18, 4)) as shipping_amount,
        case
            when
                prices_include_tax
                and abs((subtotal + tax) * sold_quantity - sold_share)
                < abs(subtotal * sold_quantity - sold_share)
                then subtotal + tax
            else subtotal
        end as goods_amount
    from returned
),

adjusted as (
    select
        headers.order_id,
        headers.refunded_at,
        cast(null as {{ type_key() }}) as order_item_id,
        cast(0 as {{ type_quantity() }}) as quantity,
        {{ made_key('adjustment', made_key('refund', 'adjustments.id')) }} as refund_id,
        -coalesce(adjustments.amount, 0)
        - case
            when headers.prices_include_tax then coalesce(adjustments.tax_amount, 0) else 0
        end as amount,
        -coalesce(adjustments.tax_amount, 0) as tax_amount,
        coalesce(
            lower(replace(coalesce(adjustments.kind, adjustments.reason), ' ', '_'))
            = 'shipping_refund',
            false
        ) as is_shipping,
        greatest(headers.loaded_at, adjustments._fivetran_synced) as loaded_at
    from adjustments
    inner join headers on adjustments.refund_id = headers.refund_id
    where not adjustments._fivetran_deleted
),

detailed_refunds as (
    select refund_id
    from refund_lines
    where not _fivetran_deleted

    union

    select refund_id
    from adjustments
    where not _fivetran_deleted
),

paid_back as (
    select
        transactions.refund_id,
        sum(transactions.amount) as amount,
        max(transactions._fivetran_synced) as synced_at
    from transactions
    left join detailed_refunds on transactions.refund_id = detailed_refunds.refund_id
    where
        not transactions._fivetran_deleted
        and lower(transactions.kind) = 'refund'
        and lower(transactions.status) = 'success'
        and detailed_refunds.refund_id is null
    group by transactions.refund_id
),

all_refunds as (
    select
        refund_id,
        order_id,
        order_item_id,
        quantity,
        goods_amount,
        tax_amount,
        shipping_amount,
        refunded_at,
        loaded_at
    from parted

    union all

    select
        refund_id,
        order_id,
        order_item_id,
        quantity,
        case when is_shipping then 0 else amount end as goods_amount,
        tax_amount,
        case when is_shipping then amount else 0 end as shipping_amount,
        refunded_at,
        loaded_at
    from adjusted

    union all

    select
        {{ made_key('money', made_key('refund', made_key('refund', 'headers.refund_id'))) }}
            as refund_id,
        headers.order_id,
        cast(null as {{ type_key() }}) as order_item_id,
        cast(0 as {{ type_quantity() }}) as quantity,
        paid_back.amount as goods_amount,
        0 as tax_amount,
        0 as shipping_amount,
        headers.refunded_at,
        greatest(headers.loaded_at, paid_back.synced_at) as loaded_at
    from headers
    inner join paid_back on headers.refund_id = paid_back.refund_id
),

final as (
    select
        refund_id,
        order_id,
        order_item_id,
        cast(quantity as {{ type_quantity() }}) as quantity,
        cast(goods_amount as {{ type_money() }}) as goods_amount,
        cast(tax_amount as {{ type_money() }}) as tax_amount,
        cast(shipping_amount as {{ type_money() }}) as shipping_amount,
        refunded_at,
        loaded_at
    from all_refunds
)

select * from final
