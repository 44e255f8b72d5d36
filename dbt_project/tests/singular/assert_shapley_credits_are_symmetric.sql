with

campaigns as (
    select
        order_id,
        count(distinct campaign_key) as campaign_count
    from {{ ref('int_orders__journeys') }}
    group by order_id
),

credits as (
    select
        order_id,
        count(*) as credit_count,
        min(shapley_revenue) as least_revenue,
        max(shapley_revenue) as most_revenue
    from {{ ref('attribution_touches') }}
    where shapley_credit > 0 and touch_position > 0
    group by order_id
)

select
    campaigns.order_id,
    campaigns.campaign_count,
    credits.credit_count,
    credits.least_revenue,
    credits.most_revenue
from campaigns
left join credits on campaigns.order_id = credits.order_id
where
    coalesce(credits.credit_count, 0) <> campaigns.campaign_count
    or credits.most_revenue - credits.least_revenue > 0.01
