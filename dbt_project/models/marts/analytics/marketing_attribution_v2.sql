{%- set models = attribution_weights() | list -%}

with

campaigns as (
    select * from {{ ref('dim_campaigns') }}
),

touches as (
    select * from {{ ref('attribution_touches') }}
),

spend as (
    select * from {{ ref('int_campaigns__spend_agg') }}
),

credited as (
    select
        campaign_key,
        {% for model in models %}
            sum({{ model }}_revenue) as {{ model }}_revenue,
        {% endfor %}
        sum(case when last_non_direct_credit > 0 then 1 else 0 end)
            as last_non_direct_order_count,
        sum(case when last_non_direct_credit > 0 and is_first_order then 1 else 0 end)
            as new_customer_count
    from touches
    group by campaign_key
),

joined as (
    select
        campaigns.*,
        cast(coalesce(spend.spend, 0) as {{ type_money() }}) as spend,
        coalesce(spend.impressions, 0) as impressions,
        coalesce(spend.clicks, 0) as clicks,
        {% for model in models %}
            cast(coalesce(credited.{{ model }}_revenue, 0) as {{ type_money() }})
                as {{ model }}_revenue,
        {% endfor %}
        cast(coalesce(credited.last_non_direct_order_count, 0) as bigint)
            as last_non_direct_order_count,
        cast(coalesce(credited.new_customer_count, 0) as bigint) as new_customer_count
    from campaigns
    left join credited on campaigns.campaign_key = credited.campaign_key
    left join spend on campaigns.campaign_key = spend.campaign_key
),

final as (
    select
        campaign_key,
        campaign_id,
        campaign_name,
        channel,
        is_paid,
        budget,
        spend,
        impressions,
        clicks,
        {% for model in models %}
            {{ model }}_revenue,
        {% endfor %}
        last_non_direct_order_count,
        new_customer_count,
        {{ ratio('last_non_direct_revenue', 'spend') }} as last_non_direct_roas,
        {{ ratio('linear_revenue', 'spend') }} as linear_roas,
        {{ ratio('spend', 'new_customer_count') }} as customer_acquisition_cost,
        {{ ratio('spend', 'clicks') }} as cost_per_click,
        {{ ratio('clicks', 'impressions') }} as click_through_rate
    from joined
)

select * from final
