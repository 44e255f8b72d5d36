{% set journey_columns = [
    'touch_position', 'touch_count', 'last_non_direct_position', 'days_before_order',
    'first_campaign_position', 'removal_weight',
] %}
{% set expected_shares = {
    'first_touch': [1, 0, 0, 0],
    'last_touch': [0, 0, 0, 1],
    'last_non_direct': [0, 0, 1, 0],
    'linear': [0.25, 0.25, 0.25, 0.25],
    'position_based': [0.4, 0.1, 0.1, 0.4],
    'time_decay': [0.111111, 0.222222, 0.222222, 0.444444],
    'markov': [0.6, 0, 0.1, 0.3],
    'shapley': [0.333333, 0, 0.333333, 0.333333],
} %}
with

journey as (
    {{ inline_rows(journey_columns, [
        [1, 4, 3, 14, 1, 6], [2, 4, 3, 7, 1, 6], [3, 4, 3, 7, 3, 1], [4, 4, 3, 0, 4, 3],
    ]) }}
),

weights as (
    {% for model, weight in attribution_weights(half_life_days=7).items() %}
        select
            '{{ model }}' as attribution_model,
            touch_position,
            {{ weight }} as weight,
            case touch_position
                {% for share in expected_shares[model] %}
                    when {{ loop.index }} then {{ share }}
                {% endfor %}
            end as expected_share
        from journey
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

shares as (
    select
        attribution_model,
        touch_position,
        expected_share,
        {{ ratio('weight', 'sum(weight) over (partition by attribution_model)') }} as actual_share
    from weights
)

select
    attribution_model,
    touch_position,
    expected_share,
    actual_share
from shares
where abs(actual_share - expected_share) > 0.000001
