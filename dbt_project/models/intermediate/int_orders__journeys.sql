{#- Grain: valid order x touchpoint in the window before it. If the shop records no touchpoints
    at all, the order's own campaign is its only touchpoint. -#}
with

orders as (
    select * from {{ ref('fact_orders') }}
    where is_valid
),

touchpoints as (
    select * from {{ ref('int_touchpoints__persons') }}
),

campaigns as (
    select * from {{ ref('dim_campaigns') }}
),

recorded_touches as (
    select
        orders.order_id,
        orders.ordered_at,
        touchpoints.touchpoint_id,
        touchpoints.campaign_key,
        touchpoints.touched_at
    from orders
    inner join touchpoints
        on
            orders.person_id = touchpoints.person_id
            and orders.ordered_at >= touchpoints.touched_at
            and {{ dbt.dateadd(
                'day', -1 * var('attribution_window_days'), 'orders.ordered_at'
            ) }} <= touchpoints.touched_at
),

order_campaigns as (
    select
        order_id,
        ordered_at,
        cast(null as {{ type_key() }}) as touchpoint_id,
        campaign_key,
        ordered_at as touched_at
    from orders
    where (select count(*) from touchpoints) = 0
),

touches as (
    select * from recorded_touches

    union all

    select * from order_campaigns
),

positioned as (
    select
        touches.*,
        campaigns.channel,
        campaigns.is_direct,
        cast(
            row_number() over (
                partition by touches.order_id
                order by
                    touches.touched_at asc nulls last,
                    {{ key_order('touches.touchpoint_id') }} asc
            ) as bigint
        ) as touch_position,
        count(*) over (partition by touches.order_id) as touch_count
    from touches
    inner join campaigns on touches.campaign_key = campaigns.campaign_key
    where campaigns.channel <> '(none)'
),

final as (
    select
        order_id,
        campaign_key,
        touchpoint_id,
        channel,
        is_direct,
        touch_position,
        touch_count,
        {{ whole_days_between('touched_at', 'ordered_at') }} as days_before_order,
        touched_at
    from positioned
)

select * from final
