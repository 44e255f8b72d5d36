{{ config(tags=['reconciliation']) }}
{%- set models = attribution_weights().keys() | list %}
with

orders as (
    select
        net_amount,
        {{ start_of('month', 'order_date') }} as month_start_date
    from {{ ref('fact_orders') }}
    where is_valid
),

-- Each source of figures by model and month, side by side.
combined as (
    {% for model in models %}
        select
            '{{ model }}' as attribution_model,
            month_start_date,
            net_amount,
            1 as order_count,
            0 as attributed_revenue,
            0 as credit,
            0 as monthly_revenue
        from orders

        union all
    {% endfor %}

    select
        attribution_model,
        {{ start_of('month', 'order_date') }} as month_start_date,
        0 as net_amount,
        0 as order_count,
        attributed_revenue,
        credit,
        0 as monthly_revenue
    from {{ ref('attribution_touches') }}

    union all

    select
        attribution_model,
        month_start_date,
        0 as net_amount,
        0 as order_count,
        0 as attributed_revenue,
        0 as credit,
        attributed_revenue as monthly_revenue
    from {{ ref('marketing_attribution_monthly') }}
)

select
    attribution_model,
    month_start_date,
    sum(net_amount) as net_amount,
    sum(attributed_revenue) as attributed_revenue,
    sum(monthly_revenue) as monthly_revenue
from combined
group by
    attribution_model,
    month_start_date
having
    sum(attributed_revenue) <> sum(net_amount)
    or sum(monthly_revenue) <> sum(net_amount)
    or abs(sum(credit) - sum(order_count)) > 0.001
