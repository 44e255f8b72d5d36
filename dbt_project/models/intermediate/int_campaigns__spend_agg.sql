with

spend as (
    select * from {{ ref('fact_campaign_spend') }}
),

final as (
    select
        campaign_key,
        cast(sum(spend) as {{ type_money() }}) as spend,
        cast(sum(impressions) as bigint) as impressions,
        cast(sum(clicks) as bigint) as clicks
    from spend
    group by campaign_key
)

select * from final
