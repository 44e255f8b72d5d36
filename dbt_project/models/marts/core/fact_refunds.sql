{#- Grain: refund x order line; one row without an order for a refund under `(no order)`.
    Incremental runs recompute every refund of a changed order, and all refunds without an
    order. -#}
{{ config(post_hook=[
    "{{ delete_superseded('refund_line_key', ref('int_orders__changes')) }}",
    "{{ delete_unlisted('refund_id', ref('int_refunds__without_order'), 'order_id is null') }}"
]) }}

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

refunds_without_order as (
    select * from {{ ref('int_refunds__without_order') }}
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
        refund_lines.is_exchange,
        refund_lines.returned_quantity,
        refund_lines.returns_amount,
        refund_lines.gift_card_refund_amount,
        refund_lines.tax_refund_amount,
        refund_lines.shipping_refund_amount,
        refund_lines.refunded_at
    from refund_lines
    inner join orders on refund_lines.order_id = orders.order_id

    union all

    select
        {{ dbt_utils.generate_surrogate_key(["'(no order)'", 'refund_id']) }} as refund_line_key,
        refund_id,
        cast(null as {{ type_key() }}) as order_id,
        cast(null as {{ type_key() }}) as order_item_id,
        cast(null as {{ dbt.type_string() }}) as customer_key,
        {{ to_local_date('refunded_at') }} as refund_date,
        cast(null as date) as order_date,
        true as is_valid,
        false as is_exchange,
        quantity as returned_quantity,
        goods_amount as returns_amount,
        cast(0 as {{ type_money() }}) as gift_card_refund_amount,
        tax_amount as tax_refund_amount,
        shipping_amount as shipping_refund_amount,
        refunded_at
    from refunds_without_order
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
        is_exchange,
        returned_quantity,
        returns_amount,
        gift_card_refund_amount,
        tax_refund_amount,
        shipping_refund_amount,
        case
            when order_date <= refund_date
                then {{ calculate_days_between('order_date', 'refund_date') }}
        end as days_to_refund,
        refunded_at,
        -- A shop may have refunds before it has any order.
        coalesce(
            (select max(changes.changed_at) from changes), cast('1970-01-01' as timestamp)
        ) as built_through
    from dated
)

select * from final
