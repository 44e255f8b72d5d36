{#- Grain: valid order x touchpoint. Weights are whole numbers, so that the cents of an order's
    net sales split exactly and equally on every engine. The attribution models are columns: one
    row per model would be eight times as many rows. -#}
{%- set models = attribution_weights() -%}
{%- set no_campaign -%}
    cast(null as {{ type_key() }})
{%- endset -%}
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
            {{ allocate_cut(
                to_cents('orders.net_amount'),
                'weighted.' ~ model ~ '_weight',
                'weights_by_order.' ~ model ~ '_total_weight'
            ) }} as {{ model }}_cut,
        {% endfor %}
        mod(
            weighted.touch_position
            + {{ calculate_days_between("cast('1970-01-01' as date)", 'orders.order_date') }},
            weighted.touch_count
        ) as turn,
        {{ to_cents('orders.net_amount') }} as net_cents
    from weighted
    inner join weights_by_order on weighted.order_id = weights_by_order.order_id
    inner join orders on weighted.order_id = orders.order_id
),

-- Odd cents go to the largest remainders. Between equal ones, as in the linear model, it depends on
-- the day which touchpoint comes first, so that over many orders none gets more than the others.
placed as (
    select
        {% for model in models %}
            {{ model }}_weight,
            {{ model }}_total_weight,
            {{ model }}_cut,
            sum({{ model }}_cut) over (partition by order_id) as {{ model }}_total_cut,
            row_number() over (
                partition by order_id
                order by
                    {{ allocate_remainder(
                        'net_cents',
                        model ~ '_weight',
                        model ~ '_total_weight',
                        model ~ '_cut'
                    ) }} desc nulls last,
                    turn asc nulls last,
                    touch_position asc nulls last
            ) as {{ model }}_place,
        {% endfor %}
        order_id,
        campaign_key,
        touchpoint_id,
        touch_position,
        touch_count,
        order_date,
        is_first_order,
        net_cents
    from cut
),

credited as (
    select
        {% for model in models %}
            {{ ratio(model ~ '_weight', model ~ '_total_weight') }} as {{ model }}_credit,
            {{ from_cents(allocate_spread(
                'net_cents',
                model ~ '_cut',
                model ~ '_total_cut',
                model ~ '_place'
            )) }} as {{ model }}_revenue,
        {% endfor %}
        order_id,
        campaign_key,
        touchpoint_id,
        order_date,
        is_first_order,
        touch_position,
        touch_count
    from placed
),

untouched as (
    select
        {% for model in models %}
            cast(1 as {{ type_double() }}) as {{ model }}_credit,
            orders.net_amount as {{ model }}_revenue,
        {% endfor %}
        orders.order_id,
        {{ campaign_key(no_campaign, "'(none)'") }} as campaign_key,
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
