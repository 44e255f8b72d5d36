{#- Grain: campaign, plus one member per channel without a campaign and `(none)`, so that every
    touchpoint and order has a row to join. A campaign that orders or spend name before it
    arrives has a member too, with its final key. -#}
with

campaigns as (
    select * from {{ ref('stg_ecommerce__campaigns') }}
),

orders as (
    select campaign_id from {{ ref('int_orders__accepted') }}
),

spend as (
    select campaign_id from {{ ref('stg_ecommerce__campaign_spend_daily') }}
),

channels as (
    select * from {{ ref('campaign_metadata') }}
),

channel_mapping as (
    {{ value_mapping('channel') }}
),

mentioned as (
    select campaign_id from orders
    where campaign_id is not null

    union

    select campaign_id from spend
),

members as (
    select
        campaigns.campaign_id,
        campaigns.campaign_name,
        {{ mapped_value(
            'channel', 'campaigns.channel', 'channel_mapping.value', "'(unmapped)'"
        ) }} as channel,
        -- Planned dates are in the future, but by ten years at most.
        {{ credible_time('campaigns.start_date', 'campaigns.loaded_at', 3660) }} as start_date,
        {{ credible_time('campaigns.end_date', 'campaigns.loaded_at', 3660) }} as end_date,
        campaigns.budget
    from campaigns
    left join channel_mapping
        on {{ mapping_form('campaigns.channel') }} = channel_mapping.source_value

    union all

    select
        mentioned.campaign_id,
        concat(
            'Unknown campaign ', cast(mentioned.campaign_id as {{ dbt.type_string() }})
        ) as campaign_name,
        '(unmapped)' as channel,
        cast(null as date) as start_date,
        cast(null as date) as end_date,
        cast(null as {{ type_money() }}) as budget
    from mentioned
    left join campaigns on mentioned.campaign_id = campaigns.campaign_id
    where campaigns.campaign_id is null

    union all

    select
        cast(null as {{ type_key() }}) as campaign_id,
        case when channel = '(none)' then '(none)' else '(no campaign)' end as campaign_name,
        channel,
        cast(null as date) as start_date,
        cast(null as date) as end_date,
        cast(null as {{ type_money() }}) as budget
    from channels
),

final as (
    select
        {{ campaign_key('members.campaign_id', 'members.channel') }} as campaign_key,
        members.campaign_id,
        members.campaign_name,
        members.channel,
        channels.channel_name,
        channels.channel_group,
        channels.is_paid,
        channels.is_direct,
        members.start_date,
        members.end_date,
        members.budget
    from members
    inner join channels on members.channel = channels.channel
)

select * from final
