with

source as (
    select * from {{ source_or_empty('campaign_spend_daily') }}
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
