{#- Grain: touchpoint, campaign or day of spend x rule of data_quality_rules that it breaks.
    Each touchpoint rule is a column with the value found, null where the rule holds. -#}
{%- set rules = [
    'touch_customer_missing',
    'touch_campaign_missing',
    'touch_time_not_credible',
    'touch_channel_unmapped',
] -%}
{%- set text = dbt.type_string() -%}
with

touchpoints as (
    select * from {{ ref('stg_ecommerce__marketing_touchpoints') }}
),

customers as (
    select * from {{ ref('stg_ecommerce__customers') }}
),

campaigns as (
    select * from {{ ref('stg_ecommerce__campaigns') }}
),

built as (
    select * from {{ ref('fact_marketing_touchpoints') }}
),

spend as (
    select * from {{ ref('stg_ecommerce__campaign_spend_daily') }}
),

members as (
    select * from {{ ref('dim_campaigns') }}
),

examined as (
    select
        touchpoints.touchpoint_id,
        touchpoints.loaded_at,
        case
            when touchpoints.customer_id is not null and customers.customer_id is null
                then concat('customer ', cast(touchpoints.customer_id as {{ text }}))
        end as touch_customer_missing,
        case
            when touchpoints.campaign_id is not null and campaigns.campaign_id is null
                then concat('campaign ', cast(touchpoints.campaign_id as {{ text }}))
        end as touch_campaign_missing,
        case
            when not {{ is_credible_time('touchpoints.touched_at', 'touchpoints.loaded_at') }}
                then concat('touched on ', cast(cast(touchpoints.touched_at as date) as {{ text }}))
        end as touch_time_not_credible,
        case
            when built.channel = '(unmapped)' then concat('channel ', touchpoints.channel)
        end as touch_channel_unmapped
    from touchpoints
    left join customers on touchpoints.customer_id = customers.customer_id
    left join campaigns on touchpoints.campaign_id = campaigns.campaign_id
    left join built on touchpoints.touchpoint_id = built.touchpoint_id
),

found as (
    {{ found_issues('examined', rules) }}
),

final as (
    select
        cast(touchpoint_id as {{ text }}) as source_key,
        rule,
        found,
        cast(null as {{ type_money() }}) as amount,
        loaded_at
    from found
    where found is not null

    union all

    select
        cast(campaigns.campaign_id as {{ text }}) as source_key,
        'campaign_channel_unmapped' as rule,
        concat('channel ', campaigns.channel) as found,
        cast(null as {{ type_money() }}) as amount,
        campaigns.loaded_at
    from campaigns
    inner join members on campaigns.campaign_id = members.campaign_id
    where members.channel = '(unmapped)'

    union all

    select
        cast(campaigns.campaign_id as {{ text }}) as source_key,
        'campaign_date_not_credible' as rule,
        concat(
            'from ', cast(campaigns.start_date as {{ text }}),
            ' to ', coalesce(cast(campaigns.end_date as {{ text }}), 'no end')
        ) as found,
        cast(null as {{ type_money() }}) as amount,
        campaigns.loaded_at
    from campaigns
    inner join members on campaigns.campaign_id = members.campaign_id
    where
        members.start_date is null
        or (campaigns.end_date is not null and members.end_date is null)

    union all

    select
        concat(cast(spend.campaign_id as {{ text }}), ' ', cast(spend.spend_date as {{ text }}))
            as source_key,
        'spend_campaign_missing' as rule,
        concat('campaign ', cast(spend.campaign_id as {{ text }})) as found,
        spend.spend as amount,
        spend.loaded_at
    from spend
    left join campaigns on spend.campaign_id = campaigns.campaign_id
    where campaigns.campaign_id is null

    union all

    select
        concat(cast(campaign_id as {{ text }}), ' ', cast(spend_date as {{ text }}))
            as source_key,
        'spend_date_not_credible' as rule,
        concat('spent on ', cast(spend_date as {{ text }})) as found,
        spend as amount,
        loaded_at
    from spend
    where not {{ is_credible_time('spend_date') }}
)

select * from final
