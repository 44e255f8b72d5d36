{#- Grain: campaign with a touchpoint. Probabilities are whole hundred-millionths, so that
    engines agree. Squaring [[Q, S], [0, I]] doubles the steps in S = I + Q + Q^2 + ...: five
    squarings cover 32 changes of campaign; each doubling of the window beyond 30 days adds one. -#}
{%- set whole = '100000000' -%}
{%- set powers = namespace(count=5, days=30) -%}
{%- for _ in range(10) -%}
    {%- if powers.days < var('attribution_window_days') -%}
        {%- set powers.count = powers.count + 1 -%}
        {%- set powers.days = powers.days * 2 -%}
    {%- endif -%}
{%- endfor -%}
with

power_0 as (
    select * from {{ ref('int_campaigns__transition_matrix') }}
),

states as (
    select
        campaign_key,
        visit_count,
        start_count,
        conversion_count,
        cast(greatest(sum(conversion_count) over (), 1) as bigint) as order_count,
        {{ divide_integers('conversion_count * ' ~ whole, 'visit_count') }}
            as conversion_weight,
        row_state as state
    from power_0
    where column_state = -1 * row_state
),

{% for number in range(powers.count) %}
    power_{{ number + 1 }} as (
        {{ matrix_square('power_' ~ number) }}
    ),
{% endfor %}

visited as (
    select
        visits.row_state as state,
        cast(sum(visits.weight * states.conversion_weight) as bigint) as conversion_product,
        cast(
            max(case when visits.row_state = -1 * visits.column_state then visits.weight end)
            as bigint
        ) as return_weight
    from power_{{ powers.count }} as visits
    inner join states on visits.column_state = -1 * states.state
    where visits.row_state > 0
    group by visits.row_state
),

chances as (
    select
        *,
        cast({{ divide_integers('conversion_product', whole) }} as bigint) as conversion_weight
    from visited
),

-- Visits that are the campaign's first in a path and lead to an order.
removed as (
    select
        states.campaign_key,
        states.visit_count,
        states.start_count,
        chances.conversion_weight,
        {{ divide_integers(
            'states.visit_count * '
            ~ divide_integers('chances.conversion_weight * ' ~ whole, 'chances.return_weight'),
            'states.order_count'
        ) }} as removal_weight
    from states
    inner join chances on states.state = chances.state
),

final as (
    select
        campaign_key,
        visit_count,
        start_count,
        cast(
            greatest(least(removal_weight, {{ whole }}), 1) as bigint
        ) as removal_weight,
        {{ ratio('conversion_weight', whole) }} as conversion_probability,
        {{ ratio('least(removal_weight, ' ~ whole ~ ')', whole) }} as removal_effect
    from removed
)

select * from final
