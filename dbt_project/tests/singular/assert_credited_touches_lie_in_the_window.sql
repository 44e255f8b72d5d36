with

credits as (
    select
        order_id,
        touchpoint_id
    from {{ ref('attribution_touches') }}
    where touchpoint_id is not null
),

orders as (
    select * from {{ ref('fact_orders') }}
),

touchpoints as (
    select * from {{ ref('fact_marketing_touchpoints') }}
)

select
    credits.order_id,
    credits.touchpoint_id,
    touchpoints.touched_at,
    orders.ordered_at
from credits
inner join orders on credits.order_id = orders.order_id
inner join touchpoints on credits.touchpoint_id = touchpoints.touchpoint_id
where
    touchpoints.touched_at > orders.ordered_at
    or {{ dbt.dateadd('day', var('attribution_window_days'), 'touchpoints.touched_at') }}
    < orders.ordered_at
