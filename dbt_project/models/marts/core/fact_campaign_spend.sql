{#- Grain: campaign x day. Spend on an impossible day is excluded. -#}
with

spend as (
    select * from {{ ref('stg_ecommerce__campaign_spend_daily') }}
    where {{ is_credible_time('spend_date') }}
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key(['campaign_id', 'spend_date']) }}
            as campaign_spend_key,
        {{ campaign_key('campaign_id', "'(none)'") }} as campaign_key,
        spend_date,
        spend,
        impressions,
        clicks
    from spend
)

select * from final
