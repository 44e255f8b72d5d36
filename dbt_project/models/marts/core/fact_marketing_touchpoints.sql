{#- Grain: touch. A batch replaces its year; what is gone from the source goes in any year. -#}
{{ config(
    post_hook="{{ delete_missing('touchpoint_id', ref('stg_ecommerce__marketing_touchpoints')) }}"
) }}

with

touchpoints as (
    select * from {{ ref('stg_ecommerce__marketing_touchpoints') }}
),

final as (
    select
        touchpoint_id,
        {{ campaign_key('campaign_id', 'channel') }} as campaign_key,
        customer_id,
        anonymous_id,
        channel,
        touch_type,
        {{ to_local_date('touched_at') }} as touch_date,
        touched_at,
        loaded_at
    from touchpoints
)

select * from final
