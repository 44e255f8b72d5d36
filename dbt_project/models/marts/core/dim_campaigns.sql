{#- Grain: campaign, plus one member per channel without a campaign and `(none)`: every touch
    and every order has a row to point at. -#}
with

campaigns as (
    select * from {{ ref('stg_ecommerce__campaigns') }}
),

channels as (
    select * from {{ ref('campaign_metadata') }}
),

members as (
    select
        campaign_id,
        campaign_name,
        channel,
        start_date,
        end_date,
        budget
    from campaigns

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
