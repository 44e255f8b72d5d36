{#- Grain: refund x order line. A refund of a line has that one line; a refund of a whole order is
    spread over all its lines, money by what each sold for, units by its quantity. -#}
{%- set amounts = {
    'quantity': ['refund_quantity', 'quantity_weight'],
    'goods': ['goods_cents', 'money_weight'],
    'tax': ['tax_cents', 'money_weight'],
    'shipping': ['shipping_cents', 'money_weight'],
} -%}
{{ config(
    post_hook="{{ delete_superseded('refund_line_key', ref('int_orders__changes')) }}"
) }}

with

changes as (
    select * from {{ ref('int_orders__changes') }}
),

refunds as (
    select * from {{ ref('stg_ecommerce__refunds') }}
    {{ changed_rows() }}
),

order_items as (
    select * from {{ ref('int_order_items__amounts') }}
    {{ changed_rows() }}
),

matched as (
    select
        refunds.refund_id,
        refunds.order_id,
        order_items.order_item_id,
        coalesce(order_items.is_gift_card, false) as is_gift_card,
        {{ to_thousandths('refunds.quantity') }} as refund_thousandths,
        {{ to_thousandths('coalesce(order_items.quantity, 0)') }} as line_thousandths,
        {{ to_cents('refunds.goods_amount') }} as goods_cents,
        {{ to_cents('refunds.tax_amount') }} as tax_cents,
        {{ to_cents('refunds.shipping_amount') }} as shipping_cents,
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

-- Units stay whole where the refund and its lines have whole units only.
scaled as (
    select
        refund_id,
        order_id,
        order_item_id,
        is_gift_card,
        refund_thousandths,
        line_thousandths,
        goods_cents,
        tax_cents,
        shipping_cents,
        money_weight,
        refunded_at,
        loaded_at,
        case
            when
                sum(mod(refund_thousandths, 1000) + mod(line_thousandths, 1000)) over (
                    partition by refund_id
                ) = 0
                then 1000
            else 1
        end as quantity_step
    from matched
),

weighted as (
    select
        refund_id,
        order_id,
        order_item_id,
        is_gift_card,
        quantity_step,
        goods_cents,
        tax_cents,
        shipping_cents,
        money_weight,
        refunded_at,
        loaded_at,
        {{ divide_integers('refund_thousandths', 'quantity_step') }} as refund_quantity,
        {{ divide_integers('line_thousandths', 'quantity_step') }} as quantity_weight
    from scaled
),

cut as (
    select
        {% for amount, (whole, weight) in amounts.items() %}
            {{ allocate_cut(whole, weight, 'sum(' ~ weight ~ ') over (partition by refund_id)') }}
                as {{ amount }}_cut,
        {% endfor %}
        refund_id,
        order_id,
        order_item_id,
        is_gift_card,
        quantity_step,
        refund_quantity,
        goods_cents,
        tax_cents,
        shipping_cents,
        quantity_weight,
        money_weight,
        refunded_at,
        loaded_at
    from weighted
),

settled as (
    select
        {% for amount, (whole, weight) in amounts.items() %}
            {{ allocate_settle(
                whole,
                amount ~ '_cut',
                'sum(' ~ amount ~ '_cut) over (partition by refund_id)',
                'row_number() over (partition by refund_id '
                ~ 'order by ' ~ weight ~ ' desc nulls last, order_item_id asc) = 1'
            ) }} as {{ amount }}_share,
        {% endfor %}
        refund_id,
        order_id,
        order_item_id,
        is_gift_card,
        quantity_step,
        refunded_at,
        loaded_at
    from cut
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key(['refund_id', 'order_item_id']) }} as refund_line_key,
        refund_id,
        order_id,
        order_item_id,
        {{ from_thousandths('quantity_share * quantity_step') }} as returned_quantity,
        cast(
            case when is_gift_card then 0 else {{ from_cents('goods_share') }} end
            as {{ type_money() }}
        ) as returns_amount,
        cast(
            case when is_gift_card then {{ from_cents('goods_share') }} else 0 end
            as {{ type_money() }}
        ) as gift_card_refund_amount,
        {{ from_cents('tax_share') }} as tax_refund_amount,
        {{ from_cents('shipping_share') }} as shipping_refund_amount,
        refunded_at,
        loaded_at,
        (select max(changes.changed_at) from changes) as built_through
    from settled
)

select * from final
