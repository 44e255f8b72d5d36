{#- Grain: local day, without gaps. An order counts on its own day, a refund on the refund's
    day. -#}
with

dates as (
    select * from {{ ref('dim_date') }}
    where is_in_sales_calendar
),

orders as (
    select * from {{ ref('fact_orders') }}
),

sequence as (
    select * from {{ ref('int_orders__sequence') }}
),

refunds_by_day as (
    select * from {{ ref('int_refunds__daily_agg') }}
),

orders_by_day as (
    select
        order_date as date_day,
        sum(case when is_valid then 1 else 0 end) as order_count,
        sum(case when is_valid and has_items then 1 else 0 end) as orders_with_items_count,
        sum(case when is_valid then unit_count else 0 end) as unit_count,
        sum(case when is_cancelled and not is_test then 1 else 0 end) as cancelled_order_count,
        sum(case when is_valid then gross_amount else 0 end) as gross_amount,
        sum(case when is_valid then discount_amount else 0 end) as discount_amount,
        sum(case when is_valid then gift_card_amount else 0 end) as gift_card_amount,
        sum(case when is_valid then shipping_total else 0 end) as shipping_total,
        sum(case when is_valid then tax_total else 0 end) as tax_total
    from orders
    group by order_date
),

new_customers_by_day as (
    select
        order_date as date_day,
        count(*) as new_customer_count
    from sequence
    where is_first_order
    group by order_date
),

joined as (
    select
        dates.date_day,
        coalesce(orders_by_day.order_count, 0) as order_count,
        coalesce(orders_by_day.orders_with_items_count, 0) as orders_with_items_count,
        coalesce(orders_by_day.unit_count, 0) as unit_count,
        coalesce(new_customers_by_day.new_customer_count, 0) as new_customer_count,
        coalesce(orders_by_day.cancelled_order_count, 0) as cancelled_order_count,
        coalesce(orders_by_day.gross_amount, 0) as gross_amount,
        coalesce(orders_by_day.discount_amount, 0) as discount_amount,
        coalesce(refunds_by_day.returns_amount, 0) as returns_amount,
        coalesce(orders_by_day.shipping_total, 0)
        - coalesce(refunds_by_day.shipping_refund_amount, 0) as shipping_amount,
        coalesce(orders_by_day.tax_total, 0)
        - coalesce(refunds_by_day.tax_refund_amount, 0) as tax_amount,
        coalesce(orders_by_day.gift_card_amount, 0) as gift_card_amount
    from dates
    left join orders_by_day on dates.date_day = orders_by_day.date_day
    left join refunds_by_day on dates.date_day = refunds_by_day.date_day
    left join new_customers_by_day on dates.date_day = new_customers_by_day.date_day
),

final as (
    select
        date_day,
        cast(order_count as bigint) as order_count,
        cast(orders_with_items_count as bigint) as orders_with_items_count,
        cast(unit_count as {{ type_quantity() }}) as unit_count,
        cast(new_customer_count as bigint) as new_customer_count,
        cast(cancelled_order_count as bigint) as cancelled_order_count,
        cast(gross_amount as {{ type_money() }}) as gross_amount,
        cast(discount_amount as {{ type_money() }}) as discount_amount,
        cast(returns_amount as {{ type_money() }}) as returns_amount,
        cast(gross_amount - discount_amount - returns_amount as {{ type_money() }}) as net_amount,
        cast(shipping_amount as {{ type_money() }}) as shipping_amount,
        cast(tax_amount as {{ type_money() }}) as tax_amount,
        cast(
            gross_amount - discount_amount - returns_amount + shipping_amount + tax_amount
            as {{ type_money() }}
        ) as total_sales_amount,
        cast(gift_card_amount as {{ type_money() }}) as gift_card_amount
    from joined
)

select * from final
