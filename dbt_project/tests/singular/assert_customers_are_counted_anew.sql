{%- set grains = {
    'day': {'mart': ref('orders_daily'), 'key': 'date_day'},
    'week': {'mart': ref('orders_weekly'), 'key': 'week_start_date'},
    'month': {'mart': ref('orders_monthly'), 'key': 'month_start_date'},
} %}
with

orders as (
    select * from {{ ref('fact_orders') }}
    where is_valid
),

counted as (
    {% for grain, mart in grains.items() %}
        select
            '{{ grain }}' as grain,
            cast({{ dbt.date_trunc(grain, 'order_date') }} as date) as period_start_date,
            count(distinct person_id) as customer_count
        from orders
        group by cast({{ dbt.date_trunc(grain, 'order_date') }} as date)
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

marts as (
    {% for grain, mart in grains.items() %}
        select
            '{{ grain }}' as grain,
            {{ mart.key }} as period_start_date,
            customer_count
        from {{ mart.mart }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    marts.customer_count,
    counted.customer_count as counted_customer_count,
    coalesce(marts.grain, counted.grain) as grain,
    coalesce(marts.period_start_date, counted.period_start_date) as period_start_date
from marts
full outer join counted
    on
        marts.grain = counted.grain
        and marts.period_start_date = counted.period_start_date
where coalesce(marts.customer_count, -1) <> coalesce(counted.customer_count, 0)
