{#- Grain: refund x order line. An increment computes all refunds of the orders that changed. -#}
{{ config(
    post_hook="{{ delete_superseded('refund_line_key', ref('int_orders__changes')) }}"
) }}

with

changes as (
    select * from {{ ref('int_orders__changes') }}
),

refund_lines as (
    select * from {{ ref('int_refunds__items') }}
    {{ changed_rows() }}
),

orders as (
    select * from {{ ref('fact_orders') }}
    {{ changed_rows() }}
),

dated as (
    select
        refund_lines.refund_line_key,
        refund_lines.refund_id,
        refund_lines.order_id,
        refund_lines.order_item_id,
        orders.customer_key,
        {{ to_local_date('refund_lines.refunded_at') }} as refund_date,
        orders.order_date,
        orders.is_valid,
        refund_lines.returned_quantity,
        refund_lines.returns_amount,
        refund_lines.gift_card_refund_amount,
        refund_lines.tax_refund_amount,
        refund_lines.shipping_refund_amount,
        refund_lines.refunded_at
    from refund_lines
    inner join orders on refund_lines.order_id = orders.order_id
),

final as (
    select
        refund_line_key,
        refund_id,
        order_id,
        order_item_id,
        customer_key,
        refund_date,
        order_date,
        is_valid,
        returned_quantity,
        returns_amount,
        gift_card_refund_amount,
        tax_refund_amount,
        shipping_refund_amount,
        {{ calculate_days_between('order_date', 'refund_date') }} as days_to_refund,
        refunded_at,
        (select max(changes.changed_at) from changes) as built_through
    from dated
)

select * from final
