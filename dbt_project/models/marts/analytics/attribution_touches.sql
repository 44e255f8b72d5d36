{#- Grain: attribution model x valid order x touch with credit. Weights are whole numbers, so
    that the cents of an order's net sales are split exactly and alike on every engine. -#}
with

journeys as (
    select * from {{ ref('int_orders__journeys') }}
),

removal_effects as (
    select * from {{ ref('int_campaigns__removal_effects') }}
),

orders as (
    select * from {{ ref('int_orders__sequence') }}
),

last_non_direct as (
    select
        order_id,
        max(case when not is_direct then touch_position end) as last_non_direct_position
    from journeys
    group by order_id
),

first_touches as (
    select
        order_id,
        campaign_key,
        min(touch_position) as first_campaign_position
    from journeys
    group by
        order_id,
        campaign_key
),

weighted as (
    {% for model, weight in attribution_weights().items() %}
        select
            '{{ model }}' as attribution_model,
            journeys.order_id,
            journeys.campaign_key,
            journeys.touchpoint_id,
            journeys.touch_position,
            cast({{ weight }} as bigint) as weight
        from journeys
        inner join last_non_direct on journeys.order_id = last_non_direct.order_id
        inner join first_touches
            on
                journeys.order_id = first_touches.order_id
                and journeys.campaign_key = first_touches.campaign_key
        inner join removal_effects on journeys.campaign_key = removal_effects.campaign_key
        where {{ weight }} > 0
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

untouched as (
    {% for model in attribution_weights() %}
        select
            '{{ model }}' as attribution_model,
            orders.order_id,
            {{ campaign_key('cast(null as bigint)', "'(none)'") }} as campaign_key,
            cast(null as bigint) as touchpoint_id,
            cast(0 as bigint) as touch_position,
            cast(1 as bigint) as weight
        from orders
        left join last_non_direct on orders.order_id = last_non_direct.order_id
        where last_non_direct.order_id is null
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

touches as (
    select
        attribution_model,
        order_id,
        campaign_key,
        touchpoint_id,
        touch_position,
        weight
    from weighted

    union all

    select
        attribution_model,
        order_id,
        campaign_key,
        touchpoint_id,
        touch_position,
        weight
    from untouched
),

priced as (
    select
        touches.attribution_model,
        touches.order_id,
        touches.campaign_key,
        touches.touchpoint_id,
        orders.order_date,
        orders.is_first_order,
        touches.touch_position,
        touches.weight,
        {{ to_cents('orders.net_amount') }} as net_cents
    from touches
    inner join orders on touches.order_id = orders.order_id
),

cut as (
    select
        attribution_model,
        order_id,
        campaign_key,
        touchpoint_id,
        order_date,
        is_first_order,
        touch_position,
        weight,
        net_cents,
        sum(weight) over (partition by attribution_model, order_id) as total_weight,
        {{ allocate_cut('net_cents', 'weight', 'attribution_model, order_id') }} as cut_cents
    from priced
),

final as (
    select
        attribution_model,
        order_id,
        campaign_key,
        touchpoint_id,
        order_date,
        is_first_order,
        touch_position,
        {{ ratio('weight', 'total_weight') }} as credit,
        {{ from_cents(allocate_settle(
            'net_cents', 'cut_cents', 'weight', 'attribution_model, order_id', 'touch_position'
        )) }} as attributed_revenue
    from cut
)

select * from final
