{{ config(tags=['reconciliation']) }}
{%- set models = attribution_weights().keys() | list %}
with

orders as (
    select
        cast({{ dbt.date_trunc('month', 'order_date') }} as date) as month_start_date,
        sum(net_amount) as net_amount,
        count(*) as order_count
    from {{ ref('fact_orders') }}
    where is_valid
    group by cast({{ dbt.date_trunc('month', 'order_date') }} as date)
),

touches as (
    select
        {% for model in models %}
            sum({{ model }}_revenue) as {{ model }}_revenue,
            sum({{ model }}_credit) as {{ model }}_credit,
        {% endfor %}
        cast({{ dbt.date_trunc('month', 'order_date') }} as date) as month_start_date
    from {{ ref('attribution_touches') }}
    group by cast({{ dbt.date_trunc('month', 'order_date') }} as date)
),

-- Each source of figures by model and month, side by side.
combined as (
    {% for model in models %}
        select
            '{{ model }}' as attribution_model,
            month_start_date,
            net_amount,
            order_count,
            0 as attributed_revenue,
            0 as credit,
            0 as monthly_revenue
        from orders

        union all

        select
            '{{ model }}' as attribution_model,
            month_start_date,
            0 as net_amount,
            0 as order_count,
            {{ model }}_revenue as attributed_revenue,
            {{ model }}_credit as credit,
            0 as monthly_revenue
        from touches

        union all
    {% endfor %}

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
