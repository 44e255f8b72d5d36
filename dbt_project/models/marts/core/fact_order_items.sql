{#- Grain: order line. Incremental runs recompute every line of a changed order, for any cause:
    a correction, a refund made or cancelled, a different person. -#}
{{ config(post_hook="{{ delete_superseded('order_item_id', ref('int_orders__changes')) }}") }}

with

changes as (
    select * from {{ ref('int_orders__changes') }}
),

order_items as (
    select * from {{ ref('int_order_items__amounts') }}
    {{ changed_rows() }}
),

product_versions as (
    select * from {{ ref('dim_products_history') }}
),

refund_lines as (
    select * from {{ ref('int_refunds__items') }}
    {{ changed_rows() }}
),

orders as (
    select * from {{ ref('fact_orders') }}
    {{ changed_rows() }}
),

returns as (
    select
        order_item_id,
        cast(sum(returned_quantity) as {{ type_quantity() }}) as returned_quantity,
        sum(returns_amount) as returns_amount
    from refund_lines
    where order_item_id is not null
    group by order_item_id
),

joined as (
    select
        order_items.*,
        product_versions.product_history_key,
        orders.customer_key,
        orders.person_id,
        orders.order_date,
        orders.is_valid,
        orders.ordered_at as order_placed_at,
        -- The order's timestamp is already the latest of header, person, lines and refunds.
        orders.loaded_at as order_loaded_at,
        cast(coalesce(returns.returned_quantity, 0) as {{ type_quantity() }}) as returned_quantity,
        cast(coalesce(returns.returns_amount, 0) as {{ type_money() }}) as returns_amount,
        cast(
            order_items.sales_amount - coalesce(returns.returns_amount, 0) as {{ type_money() }}
        ) as net_amount,
        cast(
            order_items.unit_cost
            * (order_items.quantity - coalesce(returns.returned_quantity, 0))
            as {{ type_money() }}
        ) as cost_amount
    from order_items
    inner join orders on order_items.order_id = orders.order_id
    left join product_versions
        on
            order_items.product_id = product_versions.product_id
            and orders.ordered_at >= product_versions.valid_from
            and orders.ordered_at < product_versions.valid_to
    left join returns on order_items.order_item_id = returns.order_item_id
),

final as (
    select
        order_item_id,
        order_id,
        {{ dbt_utils.generate_surrogate_key(['product_id']) }} as product_key,
        product_history_key,
        product_id,
        customer_key,
        person_id,
        order_date,
        line_number,
        line_type,
        is_valid,
        is_gift_card,
        quantity,
        returned_quantity,
        unit_price,
        unit_cost,
        gross_amount,
        line_discount_amount,
        order_discount_amount,
        discount_amount,
        returns_amount,
        net_amount,
        gift_card_amount,
        tip_amount,
        cost_amount,
        cast(net_amount - cost_amount as {{ type_money() }}) as margin_amount,
        order_placed_at as ordered_at,
        order_loaded_at as loaded_at,
        (select max(changes.changed_at) from changes) as built_through
    from joined
)

select * from final
