{#- Grain: refund x order line. A refund of a line has that one line; a refund of a whole order is
    spread over all its lines, money by what each sold for, units by its quantity. -#}
{{ config(
    post_hook="{{ delete_superseded('refund_line_key', ref('int_orders__changes')) }}"
) }}

with

changes as (
    select * from {{ ref('int_orders__changes') }}
),

refunds as (
    select * from {{ ref('stg_ecommerce__refunds') }}
    {{ changed_orders() }}
),

order_items as (
    select * from {{ ref('int_order_items__amounts') }}
    {{ changed_orders() }}
),

matched as (
    select
        refunds.refund_id,
        refunds.order_id,
        order_items.order_item_id,
        coalesce(order_items.is_gift_card, false) as is_gift_card,
        cast(refunds.quantity as bigint) as refund_quantity,
        {{ to_cents('refunds.goods_amount') }} as goods_cents,
        {{ to_cents('refunds.tax_amount') }} as tax_cents,
        {{ to_cents('refunds.shipping_amount') }} as shipping_cents,
        cast(coalesce(order_items.quantity, 0) as bigint) as quantity_weight,
        coalesce(
            {{ to_cents('order_items.sales_amount + order_items.gift_card_amount') }}, 0
        ) as money_weight,
        refunds.refunded_at,
        refunds.loaded_at
    from refunds
    left join order_items
        on
            refunds.order_id = order_items.order_id
            and (
                refunds.order_item_id is null
                or refunds.order_item_id = order_items.order_item_id
            )
),

cut as (
    select
        refund_id,
        order_id,
        order_item_id,
        is_gift_card,
        refund_quantity,
        goods_cents,
        tax_cents,
        shipping_cents,
        quantity_weight,
        money_weight,
        refunded_at,
        loaded_at,
        {{ allocate_cut('refund_quantity', 'quantity_weight', 'refund_id') }} as quantity_cut,
        {{ allocate_cut('goods_cents', 'money_weight', 'refund_id') }} as goods_cut,
        {{ allocate_cut('tax_cents', 'money_weight', 'refund_id') }} as tax_cut,
        {{ allocate_cut('shipping_cents', 'money_weight', 'refund_id') }} as shipping_cut
    from matched
),

settled as (
    select
        refund_id,
        order_id,
        order_item_id,
        is_gift_card,
        refunded_at,
        loaded_at,
        cast({{ allocate_settle(
            'refund_quantity', 'quantity_cut', 'quantity_weight', 'refund_id', 'order_item_id'
        ) }} as bigint) as returned_quantity,
        {{ from_cents(allocate_settle(
            'goods_cents', 'goods_cut', 'money_weight', 'refund_id', 'order_item_id'
        )) }} as goods_amount,
        {{ from_cents(allocate_settle(
            'tax_cents', 'tax_cut', 'money_weight', 'refund_id', 'order_item_id'
        )) }} as tax_amount,
        {{ from_cents(allocate_settle(
            'shipping_cents', 'shipping_cut', 'money_weight', 'refund_id', 'order_item_id'
        )) }} as shipping_amount
    from cut
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key(['refund_id', 'order_item_id']) }} as refund_line_key,
        refund_id,
        order_id,
        order_item_id,
        returned_quantity,
        cast(
            case when is_gift_card then 0 else goods_amount end as {{ type_money() }}
        ) as returns_amount,
        cast(
            case when is_gift_card then goods_amount else 0 end as {{ type_money() }}
        ) as gift_card_refund_amount,
        tax_amount as tax_refund_amount,
        shipping_amount as shipping_refund_amount,
        refunded_at,
        loaded_at,
        (select max(changes.changed_at) from changes) as built_through
    from settled
)

select * from final
