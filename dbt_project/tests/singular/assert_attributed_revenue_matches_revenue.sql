{{ config(tags=['reconciliation']) }}
with

revenue as (
    select
        coalesce(sum(net_amount), 0) as net_amount,
        count(*) as order_count
    from {{ ref('fact_orders') }}
    where is_valid
),

attributed as (
    select
        attribution_model,
        sum(attributed_revenue) as attributed_revenue,
        count(distinct order_id) as order_count
    from {{ ref('attribution_touches') }}
    group by attribution_model
),

monthly as (
    select
        attribution_model,
        sum(attributed_revenue) as attributed_revenue
    from {{ ref('marketing_attribution_monthly') }}
    group by attribution_model
)

select
    attributed.attribution_model,
    attributed.attributed_revenue,
    monthly.attributed_revenue as monthly_revenue,
    revenue.net_amount
from attributed
cross join revenue
left join monthly on attributed.attribution_model = monthly.attribution_model
where
    attributed.attributed_revenue <> revenue.net_amount
    or coalesce(monthly.attributed_revenue, 0) <> revenue.net_amount
    or attributed.order_count <> revenue.order_count
