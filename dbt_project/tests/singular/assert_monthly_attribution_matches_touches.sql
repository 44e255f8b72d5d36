{%- set models = attribution_weights() | list %}
with

touches as (
    select * from {{ ref('attribution_touches') }}
),

spend as (
    select * from {{ ref('fact_campaign_spend') }}
),

marts as (
    select * from {{ ref('marketing_attribution_monthly') }}
),

compared as (
    select
        attribution_model,
        campaign_key,
        month_start_date,
        attributed_revenue,
        attributed_order_count,
        attributed_new_customer_count,
        spend
    from marts

    {% for model in models %}
        union all

        select
            '{{ model }}' as attribution_model,
            campaign_key,
            cast({{ dbt.date_trunc('month', 'order_date') }} as date) as month_start_date,
            -1 * {{ model }}_revenue as attributed_revenue,
            -1 * {{ model }}_credit as attributed_order_count,
            case when is_first_order then -1 * {{ model }}_credit else 0 end
                as attributed_new_customer_count,
            0 as spend
        from touches

        union all

        select
            '{{ model }}' as attribution_model,
            campaign_key,
            cast({{ dbt.date_trunc('month', 'spend_date') }} as date) as month_start_date,
            0 as attributed_revenue,
            0 as attributed_order_count,
            0 as attributed_new_customer_count,
            -1 * spend as spend
        from spend
    {% endfor %}
)

select
    attribution_model,
    campaign_key,
    month_start_date,
    sum(attributed_revenue) as revenue_surplus,
    sum(attributed_order_count) as order_count_surplus,
    sum(attributed_new_customer_count) as new_customer_count_surplus,
    sum(spend) as spend_surplus
from compared
group by
    attribution_model,
    campaign_key,
    month_start_date
having
    sum(attributed_revenue) <> 0
    or sum(spend) <> 0
    or abs(sum(attributed_order_count)) > 0.00001
    or abs(sum(attributed_new_customer_count)) > 0.00001
