with

journeys as (
    select * from {{ ref('int_orders__journeys') }}
    where touch_count = 1
),

credits as (
    select * from {{ ref('attribution_touches') }}
)

select
    journeys.order_id,
    count(distinct credits.attribution_model) as model_count,
    min(credits.attributed_revenue) as least_revenue,
    max(credits.attributed_revenue) as most_revenue
from journeys
left join credits
    on
        journeys.order_id = credits.order_id
        and journeys.touch_position = credits.touch_position
        and journeys.campaign_key = credits.campaign_key
group by journeys.order_id
having
    count(distinct credits.attribution_model) <> {{ attribution_weights() | length }}
    or min(credits.attributed_revenue) <> max(credits.attributed_revenue)
    or min(credits.credit) <> 1
