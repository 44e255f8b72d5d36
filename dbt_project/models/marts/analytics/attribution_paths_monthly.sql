{#- Grain: month x channel of the first touchpoint x channel of the last x number of
    touchpoints. -#}
with

touches as (
    select * from {{ ref('attribution_touches') }}
),

campaigns as (
    select * from {{ ref('dim_campaigns') }}
),

first_touches as (
    select
        order_id,
        campaign_key,
        order_date,
        touch_count
    from touches
    where first_touch_credit > 0
),

last_touches as (
    select
        order_id,
        campaign_key
    from touches
    where last_touch_credit > 0
),

final as (
    select
        cast({{ dbt.date_trunc('month', 'first_touches.order_date') }} as date) as month_start_date,
        first_campaigns.channel as first_channel,
        last_campaigns.channel as last_channel,
        first_touches.touch_count,
        count(*) as order_count
    from first_touches
    inner join last_touches on first_touches.order_id = last_touches.order_id
    inner join campaigns as first_campaigns
        on first_touches.campaign_key = first_campaigns.campaign_key
    inner join campaigns as last_campaigns
        on last_touches.campaign_key = last_campaigns.campaign_key
    group by
        cast({{ dbt.date_trunc('month', 'first_touches.order_date') }} as date),
        first_campaigns.channel,
        last_campaigns.channel,
        first_touches.touch_count
)

select * from final
