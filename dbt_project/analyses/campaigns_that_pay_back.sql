-- Which campaigns have earned back their acquisition cost, how soon, and how long were the paths?
with

campaigns as (
    select * from {{ ref('campaign_acquisition') }}
    where spend > 0
),

final as (
    select
        campaign_name,
        channel,
        spend,
        new_customer_count,
        customer_acquisition_cost,
        lifetime_margin_per_customer,
        ltv_to_cac,
        payback_month,
        median_path_length,
        median_conversion_lag_days
    from campaigns
)

select * from final
order by
    ltv_to_cac desc nulls last,
    campaign_name asc
