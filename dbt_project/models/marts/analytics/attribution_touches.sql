{#- Grain: valid order x touchpoint. Weights are whole numbers, so that the cents of an order's
    net sales split exactly and equally on every engine. The attribution models are columns: one
    row per model would be eight times as many rows. -#}
{%- set models = attribution_weights() -%}
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
    select
        {% for model, weight in models.items() %}
            cast({{ weight }} as bigint) as {{ model }}_weight,
        {% endfor %}
        journeys.order_id,
        journeys.campaign_key,
        journeys.touchpoint_id,
        journeys.touch_position,
        journeys.touch_count
    from journeys
    inner join last_non_direct on journeys.order_id = last_non_direct.order_id
    inner join first_touches
        on
            journeys.order_id = first_touches.order_id
            and journeys.campaign_key = first_touches.campaign_key
    inner join removal_effects on journeys.campaign_key = removal_effects.campaign_key
),

weights_by_order as (
    select
        {% for model in models %}
            cast(sum({{ model }}_weight) as bigint) as {{ model }}_total_weight,
            max({{ model }}_weight) as {{ model }}_max_weight,
        {% endfor %}
        order_id
    from weighted
    group by order_id
),

cut as (
    select
        weighted.order_id,
        weighted.campaign_key,
        weighted.touchpoint_id,
        weighted.touch_position,
        weighted.touch_count,
        orders.order_date,
        orders.is_first_order,
        {% for model in models %}
            weighted.{{ model }}_weight,
            weights_by_order.{{ model }}_total_weight,
            weighted.{{ model }}_weight
            = weights_by_order.{{ model }}_max_weight as {{ model }}_is_max,
            {{ allocate_cut(
                to_cents('orders.net_amount'),
                'weighted.' ~ model ~ '_weight',
                'weights_by_order.' ~ model ~ '_total_weight'
            ) }} as {{ model }}_cut,
        {% endfor %}
        {{ to_cents('orders.net_amount') }} as net_cents
    from weighted
    inner join weights_by_order on weighted.order_id = weights_by_order.order_id
    inner join orders on weighted.order_id = orders.order_id
),

-- The remainder goes to the touchpoint with the most weight; if equal, to the first.
cuts_by_order as (
    select
        {% for model in models %}
            cast(sum({{ model }}_cut) as bigint) as {{ model }}_total_cut,
            min(case when {{ model }}_is_max then touch_position end) as {{ model }}_heaviest,
        {% endfor %}
        order_id
    from cut
    group by order_id
),

credited as (
    select
        {% for model in models %}
            {{ ratio('cut.' ~ model ~ '_weight', 'cut.' ~ model ~ '_total_weight') }}
                as {{ model }}_credit,
            {{ from_cents(allocate_settle(
                'cut.net_cents',
                'cut.' ~ model ~ '_cut',
                'cuts_by_order.' ~ model ~ '_total_cut',
                'cut.touch_position = cuts_by_order.' ~ model ~ '_heaviest'
            )) }} as {{ model }}_revenue,
        {% endfor %}
        cut.order_id,
        cut.campaign_key,
        cut.touchpoint_id,
        cut.order_date,
        cut.is_first_order,
        cut.touch_position,
        cut.touch_count
    from cut
    inner join cuts_by_order on cut.order_id = cuts_by_order.order_id
),

untouched as (
    select
        {% for model in models %}
            cast(1 as {{ type_double() }}) as {{ model }}_credit,
            orders.net_amount as {{ model }}_revenue,
        {% endfor %}
        orders.order_id,
        {{ campaign_key('cast(null as ' ~ type_key() ~ ')', "'(none)'") }} as campaign_key,
        cast(null as {{ type_key() }}) as touchpoint_id,
        orders.order_date,
        orders.is_first_order,
        cast(0 as bigint) as touch_position,
        cast(0 as bigint) as touch_count
    from orders
    left join last_non_direct on orders.order_id = last_non_direct.order_id
    where last_non_direct.order_id is null
),

final as (
    select
        {% for model in models %}
            {{ model }}_credit,
            {{ model }}_revenue,
        {% endfor %}
        order_id,
        campaign_key,
        touchpoint_id,
        order_date,
        is_first_order,
        touch_position,
        touch_count
    from credited

    union all

    select
        {% for model in models %}
            {{ model }}_credit,
            {{ model }}_revenue,
        {% endfor %}
        order_id,
        campaign_key,
        touchpoint_id,
        order_date,
        is_first_order,
        touch_position,
        touch_count
    from untouched
)

select * from final
