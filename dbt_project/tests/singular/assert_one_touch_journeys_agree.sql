{%- set models = attribution_weights().keys() | list %}
with

journeys as (
    select * from {{ ref('int_orders__journeys') }}
    where touch_count = 1
),

credits as (
    select * from {{ ref('attribution_touches') }}
),

compared as (
    select
        least(
            {% for model in models %}
                coalesce(credits.{{ model }}_credit, 0),
            {% endfor %}
            1
        ) as least_credit,
        least(
            {% for model in models %}
                credits.{{ model }}_revenue,
            {% endfor %}
            credits.linear_revenue
        ) as least_revenue,
        greatest(
            {% for model in models %}
                credits.{{ model }}_revenue,
            {% endfor %}
            credits.linear_revenue
        ) as most_revenue,
        journeys.order_id
    from journeys
    left join credits
        on
            journeys.order_id = credits.order_id
            and journeys.touch_position = credits.touch_position
            and journeys.campaign_key = credits.campaign_key
)

select * from compared
where least_credit <> 1 or least_revenue <> most_revenue
