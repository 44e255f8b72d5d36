{#- Grain: campaign with a touch. Probabilities are whole hundred-millionths, so that engines agree.
    Squaring [[Q, S], [0, I]] doubles the steps in S = I + Q + Q^2 + ...: five times for 32 changes
    of campaign. States are numbered from 1; negative numbers are the columns of S. -#}
{%- set whole = '100000000' -%}
with

transitions as (
    select * from {{ ref('int_campaigns__transitions') }}
),

campaigns as (
    select
        campaign_key,
        cast(sum(step_count) as bigint) as visit_count,
        cast(
            sum(case when next_key = '(conversion)' then step_count else 0 end) as bigint
        ) as conversion_count
    from transitions
    where campaign_key <> '(start)'
    group by campaign_key
),

states as (
    select
        campaign_key,
        visit_count,
        conversion_count,
        sum(conversion_count) over () as order_count,
        {{ divide_integers('conversion_count * ' ~ whole, 'visit_count') }}
            as conversion_weight,
        cast(row_number() over (order by campaign_key) as bigint) as state
    from campaigns
),

power_0 as (
    select
        this_state.state as row_state,
        next_state.state as column_state,
        {{ divide_integers('transitions.step_count * ' ~ whole, 'this_state.visit_count') }}
            as weight
    from transitions
    inner join states as this_state on transitions.campaign_key = this_state.campaign_key
    inner join states as next_state on transitions.next_key = next_state.campaign_key

    union all

    select
        state as row_state,
        -1 * state as column_state,
        cast({{ whole }} as bigint) as weight
    from states

    union all

    select
        -1 * state as row_state,
        -1 * state as column_state,
        cast({{ whole }} as bigint) as weight
    from states
),

power_1 as (
    {{ matrix_square('power_0') }}
),

power_2 as (
    {{ matrix_square('power_1') }}
),

power_3 as (
    {{ matrix_square('power_2') }}
),

power_4 as (
    {{ matrix_square('power_3') }}
),

power_5 as (
    {{ matrix_square('power_4') }}
),

chances as (
    select
        visits.row_state as state,
        cast(
            {{ divide_integers(
                'cast(sum(visits.weight * states.conversion_weight) as bigint)', whole
            ) }} as bigint
        ) as conversion_weight,
        cast(
            max(case when visits.row_state = -1 * visits.column_state then visits.weight end)
            as bigint
        ) as return_weight
    from power_5 as visits
    inner join states on visits.column_state = -1 * states.state
    where visits.row_state > 0
    group by visits.row_state
),

starts as (
    select
        next_key as campaign_key,
        step_count as start_count
    from transitions
    where campaign_key = '(start)'
),

-- Of the visits, those that are a path's first of the campaign, and that an order follows.
removed as (
    select
        states.campaign_key,
        states.visit_count,
        coalesce(starts.start_count, 0) as start_count,
        chances.conversion_weight,
        {{ divide_integers(
            'states.visit_count * '
            ~ divide_integers('chances.conversion_weight * ' ~ whole, 'chances.return_weight'),
            'cast(greatest(states.order_count, 1) as bigint)'
        ) }} as removal_weight
    from states
    inner join chances on states.state = chances.state
    left join starts on states.campaign_key = starts.campaign_key
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
