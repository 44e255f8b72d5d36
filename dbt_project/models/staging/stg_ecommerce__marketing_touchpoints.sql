with

source as (
    select * from {{ source_or_empty('marketing_touchpoints') }}
),

final as (
    select
        touchpoint_id,
        customer_id,
        anonymous_id,
        campaign_id,
        channel,
        touch_type,
        touched_at,
        loaded_at
    from source
)

select * from final
