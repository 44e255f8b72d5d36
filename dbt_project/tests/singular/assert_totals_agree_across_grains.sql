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

-- Refunds without an order belong to no customer or product; only the days have them.
no_order as (
    select coalesce(sum(returns_amount), 0) as returns_amount
    from {{ ref('fact_refunds') }}
    where order_id is null
),

sums as (
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

totals as (
    select
        sums.grain,
        sums.gross_amount,
        sums.discount_amount,
        case
            when sums.grain in ('orders', 'customers', 'products')
                then sums.returns_amount + no_order.returns_amount
            else sums.returns_amount
        end as returns_amount,
        case
            when sums.grain in ('orders', 'customers', 'products')
                then sums.net_amount - no_order.returns_amount
            else sums.net_amount
        end as net_amount
    from sums
    cross join no_order
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
