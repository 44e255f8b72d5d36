{#- Grain: touchpoint. Passes int_touchpoints__accepted through to store it: a batch replaces its
    year; changed, new and deleted rows of other years are merged row by row after the batches. -#}
{{ config(post_hook=[
    "{{ delete_missing('touchpoint_id', ref('int_touchpoints__accepted')) }}",
    "{{ insert_missing('touchpoint_id', ref('int_touchpoints__accepted')) }}"
]) }}

with

touchpoints as (
    select * from {{ ref('int_touchpoints__accepted') }}
),

final as (
    select
        touchpoint_id,
        campaign_key,
        customer_id,
        anonymous_id,
        channel,
        touch_type,
        touch_date,
        touched_at,
        loaded_at
    from touchpoints
)

select * from final
