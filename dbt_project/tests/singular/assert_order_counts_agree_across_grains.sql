{{ config(tags=['reconciliation']) }}
{%- set grains = {
    'customers': ref('customer_analytics'),
    'days': ref('orders_daily'),
    'weeks': ref('orders_weekly'),
    'months': ref('orders_monthly'),
} %}
with

totals as (
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
