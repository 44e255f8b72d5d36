{#- Grain: order line. An order's own discount goes to the lines that are not gift cards; only
    where an order has nothing else do gift cards share it. -#}
{{ config(
    post_hook="{{ delete_superseded('order_item_id', ref('int_orders__changes')) }}"
) }}

with

changes as (
    select * from {{ ref('int_orders__changes') }}
),

order_items as (
    select * from {{ ref('stg_ecommerce__order_items') }}
    {{ changed_rows() }}
),

orders as (
    select * from {{ ref('stg_ecommerce__orders') }}
    {{ changed_rows() }}
),

weighted as (
    select
        order_items.order_item_id,
        order_items.order_id,
        order_items.product_id,
        order_items.line_number,
        order_items.is_gift_card,
        order_items.quantity,
        order_items.unit_price,
        order_items.unit_cost,
        order_items.discount,
        order_items.line_total,
        case
            when
                order_items.is_gift_card
                and sum(case when order_items.is_gift_card then 0 else 1 end) over (
                    partition by order_items.order_id
                ) > 0
                then 0
            else {{ to_cents('order_items.line_total') }}
        end as weight,
        {{ to_cents('orders.discount_total') }}
        - cast(
            sum({{ to_cents('order_items.discount') }}) over (partition by order_items.order_id)
            as bigint
        ) as order_discount_cents,
        greatest(order_items.loaded_at, orders.loaded_at) as loaded_at
    from order_items
    inner join orders on order_items.order_id = orders.order_id
),

cut as (
    select
        order_item_id,
        order_id,
        product_id,
        line_number,
        is_gift_card,
        quantity,
        unit_price,
        unit_cost,
        discount,
        line_total,
        weight,
        order_discount_cents,
        loaded_at,
        {{ allocate_cut(
            'order_discount_cents', 'weight', 'sum(weight) over (partition by order_id)'
        ) }} as cut_cents
    from weighted
),

settled as (
    select
        order_item_id,
        order_id,
        product_id,
        line_number,
        is_gift_card,
        quantity,
        unit_price,
        unit_cost,
        discount,
        line_total,
        loaded_at,
        {{ from_cents(allocate_settle(
            'order_discount_cents',
            'cut_cents',
            'sum(cut_cents) over (partition by order_id)',
            'row_number() over ('
            ~ 'partition by order_id order by weight desc nulls last, '
            ~ 'case when is_gift_card then 1 else 0 end asc nulls last, order_item_id asc) = 1'
        )) }} as order_discount
    from cut
),

final as (
    select
        order_item_id,
        order_id,
        product_id,
        line_number,
        is_gift_card,
        quantity,
        unit_price,
        unit_cost,
        cast(
            case when is_gift_card then 0 else quantity * unit_price end as {{ type_money() }}
        ) as gross_amount,
        cast(
            case when is_gift_card then 0 else discount end as {{ type_money() }}
        ) as line_discount_amount,
        cast(
            case when is_gift_card then 0 else order_discount end as {{ type_money() }}
        ) as order_discount_amount,
        cast(
            case when is_gift_card then 0 else discount + order_discount end as {{ type_money() }}
        ) as discount_amount,
        cast(
            case when is_gift_card then 0 else line_total - order_discount end
            as {{ type_money() }}
        ) as sales_amount,
        cast(
            case when is_gift_card then line_total - order_discount else 0 end
            as {{ type_money() }}
        ) as gift_card_amount,
        loaded_at,
        (select max(changes.changed_at) from changes) as built_through
    from settled
)

select * from final
