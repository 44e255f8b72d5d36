{#- Grain: touchpoint that the warehouse accepts. A touchpoint whose account or campaign has not
    arrived is held back until it does; one at an impossible time is excluded. -#}
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

channel_mapping as (
    {{ value_mapping('channel') }}
),

mapped as (
    select
        touchpoints.*,
        {{ mapped_value(
            'channel', 'touchpoints.channel', 'channel_mapping.value', "'(unmapped)'"
        ) }} as mapped_channel
    from touchpoints
    left join customers on touchpoints.customer_id = customers.customer_id
    left join campaigns on touchpoints.campaign_id = campaigns.campaign_id
    left join channel_mapping
        on {{ mapping_form('touchpoints.channel') }} = channel_mapping.source_value
    where
        (touchpoints.customer_id is null or customers.customer_id is not null)
        and (touchpoints.campaign_id is null or campaigns.campaign_id is not null)
        and {{ is_credible_time('touchpoints.touched_at', 'touchpoints.loaded_at') }}
),

final as (
    select
        touchpoint_id,
        customer_id,
        anonymous_id,
        {{ campaign_key('campaign_id', 'mapped_channel') }} as campaign_key,
        mapped_channel as channel,
        touch_type,
        touch_date,
        touched_at,
        loaded_at
    from mapped
)

select * from final
