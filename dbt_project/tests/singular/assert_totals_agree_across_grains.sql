{{ config(tags=['reconciliation']) }}
{%- set grains = {
    'orders': ref('fact_orders'),
    'customers': ref('customer_analytics'),
    'products': ref('product_performance'),
    'days': ref('orders_daily'),
    'weeks': ref('orders_weekly'),
    'months': ref('orders_monthly'),
} %}
with

totals as (
    {% for grain, relation in grains.items() %}
        select
            '{{ grain }}' as grain,
            coalesce(sum(gross_amount), 0) as gross_amount,
            coalesce(sum(discount_amount), 0) as discount_amount,
            coalesce(sum(returns_amount), 0) as returns_amount,
            coalesce(sum(net_amount), 0) as net_amount
        from {{ relation }}
        {% if grain == 'orders' %}where is_valid{% endif %}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

orders as (
    select * from totals
    where grain = 'orders'
)

select
    totals.grain,
    totals.gross_amount,
    totals.discount_amount,
    totals.returns_amount,
    totals.net_amount
from totals
cross join orders
where
    totals.gross_amount <> orders.gross_amount
    or totals.discount_amount <> orders.discount_amount
    or totals.returns_amount <> orders.returns_amount
    or totals.net_amount <> orders.net_amount
