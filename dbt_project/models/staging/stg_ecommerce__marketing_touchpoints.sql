with

source as (
    select * from {{ contract_source('marketing_touchpoints') }}
),

final as (
    select
        touchpoint_id,
        customer_id,
        anonymous_id,
        campaign_id,
        {{ campaign_key('campaign_id', 'channel') }} as campaign_key,
        channel,
        touch_type,
        {{ to_local_date('touched_at') }} as touch_date,
        touched_at,
        loaded_at
    from source
)

select * from final
