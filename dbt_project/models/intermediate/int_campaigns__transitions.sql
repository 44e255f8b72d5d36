{#- Grain: step of a path. A path is an order's journey, or the touches of a visitor that no order
    claims, until a window without a touch: it led to nothing. -#}
with

journeys as (
    select * from {{ ref('int_orders__journeys') }}
),

touchpoints as (
    select * from {{ ref('fact_marketing_touchpoints') }}
),

persons as (
    select * from {{ ref('int_touchpoints__persons') }}
),

unclaimed as (
    select
        coalesce(
            persons.person_id,
            touchpoints.anonymous_id,
            cast(touchpoints.touchpoint_id as {{ dbt.type_string() }})
        ) as visitor,
        touchpoints.touchpoint_id,
        touchpoints.campaign_key,
        touchpoints.touched_at
    from touchpoints
    inner join persons on touchpoints.touchpoint_id = persons.touchpoint_id
    left join journeys on touchpoints.touchpoint_id = journeys.touchpoint_id
    where journeys.touchpoint_id is null
),

spaced as (
    select
        visitor,
        touchpoint_id,
        campaign_key,
        touched_at,
        lag(touched_at) over (
            partition by visitor order by touched_at asc nulls last, touchpoint_id asc
        ) as previous_touched_at
    from unclaimed
),

lost_paths as (
    select
        visitor,
        touchpoint_id,
        campaign_key,
        touched_at,
        sum(
            case
                when
                    touched_at > {{ dbt.dateadd(
                        'day', var('attribution_window_days'), 'previous_touched_at'
                    ) }}
                    then 1
                else 0
            end
        ) over (
            partition by visitor
            order by touched_at asc nulls last, touchpoint_id asc
            rows between unbounded preceding and current row
        ) as path_number
    from spaced
),

touches as (
    select
        '(conversion)' as outcome,
        cast(order_id as {{ dbt.type_string() }}) as path_owner,
        cast(0 as bigint) as path_number,
        campaign_key,
        touched_at,
        touchpoint_id
    from journeys

    union all

    select
        '(lost)' as outcome,
        visitor as path_owner,
        cast(path_number as bigint) as path_number,
        campaign_key,
        touched_at,
        touchpoint_id
    from lost_paths
),

followed as (
    select
        outcome,
        campaign_key,
        lag(campaign_key) over (
            partition by outcome, path_owner, path_number
            order by touched_at asc nulls last, touchpoint_id asc nulls last
        ) as previous_key,
        lead(campaign_key) over (
            partition by outcome, path_owner, path_number
            order by touched_at asc nulls last, touchpoint_id asc nulls last
        ) as next_key
    from touches
),

steps as (
    select
        '(start)' as campaign_key,
        campaign_key as next_key
    from followed
    where previous_key is null

    union all

    -- A campaign that follows itself is still the same visit.
    select
        campaign_key,
        coalesce(next_key, outcome) as next_key
    from followed
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
