{#- Grain: member of dim_campaigns. The original version, last touch only, kept until its
    readers have moved to version 2. -#}
with

attribution as (
    select * from {{ ref('marketing_attribution', v=2) }}
),

final as (
    select
        campaign_key,
        campaign_id,
        campaign_name,
        channel,
        spend,
        last_touch_revenue as attributed_revenue,
        {{ ratio('last_touch_revenue', 'spend') }} as roas
    from attribution
)

select * from final
