with

source as (
    select * from {{ contract_source('campaign_spend_daily') }}
),

final as (
    select
        campaign_id,
        spend_date,
        spend,
        impressions,
        clicks,
        loaded_at
    from source
)

select * from final
