{#- Grain: step of a path. A path is an order's touchpoints, or a visitor's touchpoints without
    an order up to a gap of one attribution window; such a path did not convert. -#}
with

journeys as (
    select * from {{ ref('int_orders__journeys') }}
),

touchpoints as (
    select * from {{ ref('int_touchpoints__persons') }}
),

converted as (
    select
        '(conversion)' as outcome,
        campaign_key,
        touch_position = 1 as is_start,
        lead(campaign_key) over (partition by order_id order by touch_position asc nulls last)
            as next_key
    from journeys
),

unclaimed as (
    select
        touchpoints.*,
        coalesce(
            touchpoints.person_id,
            touchpoints.anonymous_id,
            cast(touchpoints.touchpoint_id as {{ dbt.type_string() }})
        ) as visitor
    from touchpoints
    left join journeys on touchpoints.touchpoint_id = journeys.touchpoint_id
    where journeys.touchpoint_id is null
),

spaced as (
    select
        *,
        lag(touched_at) over (
            partition by visitor
            order by touched_at asc nulls last, {{ key_order('touchpoint_id') }} asc
        ) as previous_touched_at,
        lead(touched_at) over (
            partition by visitor
            order by touched_at asc nulls last, {{ key_order('touchpoint_id') }} asc
        ) as next_touched_at,
        lead(campaign_key) over (
            partition by visitor
            order by touched_at asc nulls last, {{ key_order('touchpoint_id') }} asc
        ) as following_key
    from unclaimed
),

lost as (
    select
        '(lost)' as outcome,
        campaign_key,
        coalesce(
            touched_at > {{ dbt.dateadd(
                'day', var('attribution_window_days'), 'previous_touched_at'
            ) }},
            true
        ) as is_start,
        case
            when
                next_touched_at <= {{ dbt.dateadd(
                    'day', var('attribution_window_days'), 'touched_at'
                ) }}
                then following_key
        end as next_key
    from spaced
),

touches as (
    select * from converted

    union all

    select * from lost
),

steps as (
    select
        '(start)' as campaign_key,
        campaign_key as next_key
    from touches
    where is_start

    union all

    -- Consecutive touchpoints of one campaign are one visit.
    select
        campaign_key,
        coalesce(next_key, outcome) as next_key
    from touches
    where next_key is null or next_key <> campaign_key
),

final as (
    select
        campaign_key,
        next_key,
        count(*) as step_count
    from steps
    group by
        campaign_key,
        next_key
)

select * from final
