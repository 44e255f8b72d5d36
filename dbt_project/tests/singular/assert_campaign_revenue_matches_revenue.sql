{{ config(tags=['reconciliation']) }}
{%- set models = attribution_weights().keys() | list %}
with

revenue as (
    select coalesce(sum(net_amount), 0) as net_amount
    from {{ ref('fact_orders') }}
    where is_valid
),

campaigns as (
    select
        {% for model in models %}
            sum({{ model }}_revenue) as {{ model }}_revenue
            {%- if not loop.last %},{% endif %}
        {% endfor %}
    from {{ ref('marketing_attribution') }}
)

select
    revenue.net_amount,
    campaigns.last_touch_revenue
from campaigns
cross join revenue
where
    {% for model in models %}
        {{ 'or ' if not loop.first }}campaigns.{{ model }}_revenue <> revenue.net_amount
    {% endfor %}
