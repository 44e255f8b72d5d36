{{ config(tags=['reconciliation']) }}
{%- set grains = {
    'customers': ref('customer_analytics'),
    'days': ref('orders_daily'),
    'weeks': ref('orders_weekly'),
    'months': ref('orders_monthly'),
} %}
with

-- Refunds without an order belong to no order or customer; only the days have them.
no_order as (
    select
        coalesce(sum(returns_amount + tax_refund_amount + shipping_refund_amount), 0)
            as refund_amount
    from {{ ref('fact_refunds') }}
    where order_id is null
),

sums as (
    select
        'orders' as grain,
        count(*) as order_count,
        coalesce(sum(total_sales_amount), 0) as total_sales_amount
    from {{ ref('fact_orders') }}
    where is_valid
    {% for grain, relation in grains.items() %}
        union all

        select
            '{{ grain }}' as grain,
            coalesce(sum(order_count), 0) as order_count,
            coalesce(sum(total_sales_amount), 0) as total_sales_amount
        from {{ relation }}
    {% endfor %}
),

totals as (
    select
        sums.grain,
        sums.order_count,
        case
            when sums.grain in ('orders', 'customers')
                then sums.total_sales_amount - no_order.refund_amount
            else sums.total_sales_amount
        end as total_sales_amount
    from sums
    cross join no_order
),

orders as (
    select * from totals
    where grain = 'orders'
)

select
    totals.grain,
    totals.order_count,
    totals.total_sales_amount
from totals
cross join orders
where
    totals.order_count <> orders.order_count
    or totals.total_sales_amount <> orders.total_sales_amount
