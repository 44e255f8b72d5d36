{#- Grain: entry of [[Q, I], [0, I]]: from campaign to campaign, and from a campaign to its
    visit count, a state with the campaign's negative number. A table, because each squaring
    reads it. Weights are whole hundred-millionths, so that engines agree. -#}
{%- set whole = '100000000' -%}
with

transitions as (
    select * from {{ ref('int_campaigns__transitions') }}
),

starts as (
    select
        next_key as campaign_key,
        step_count as start_count
    from transitions
    where campaign_key = '(start)'
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
        campaigns.*,
        cast(dense_rank() over (order by campaigns.campaign_key) as bigint) as state,
        coalesce(starts.start_count, 0) as start_count
    from campaigns
    left join starts on campaigns.campaign_key = starts.campaign_key
),

entries as (
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

final as (
    select
        entries.row_state,
        entries.column_state,
        entries.weight,
        states.campaign_key,
        states.visit_count,
        states.start_count,
        states.conversion_count
    from entries
    inner join states on abs(entries.row_state) = states.state
)

select * from final
