-- Which campaigns earned their money back, and how far do the attribution models disagree about it?
with

campaigns as (
    select * from {{ ref('marketing_attribution') }}
    where spend > 0
),

final as (
    select
        campaign_name,
        channel,
        spend,
        last_non_direct_revenue,
        linear_revenue,
        last_non_direct_roas,
        linear_roas,
        {{ ratio('last_non_direct_revenue - spend', 'spend') }} as return_on_investment,
        greatest(
            first_touch_revenue, last_touch_revenue, last_non_direct_revenue,
            linear_revenue, position_based_revenue, time_decay_revenue,
            markov_revenue, shapley_revenue
        ) - least(
            first_touch_revenue, last_touch_revenue, last_non_direct_revenue,
            linear_revenue, position_based_revenue, time_decay_revenue,
            markov_revenue, shapley_revenue
        ) as model_disagreement,
        customer_acquisition_cost
    from campaigns
)

select * from final
order by
    return_on_investment desc nulls last,
    campaign_name asc
