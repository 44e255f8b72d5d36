{#- The weight of a touchpoint under each attribution model, as a whole number of 0 or more: SQL
    over the columns of int_orders__journeys, `last_non_direct_position`,
    `first_campaign_position` and `removal_weight`. Every attribution rule is defined here.
    Position-based gives 40 % to the first, 40 % to the last and 20 % to those between, scaled
    to whole numbers; two touchpoints get half each. Time-decay halves a weight every half-life,
    in whole days, in billionths, rounded down, but at least one. Markov and Shapley credit
    campaigns, not touchpoints: a campaign's first touchpoint of the path carries its weight.
    Each path has weight under every model. -#}
{% macro attribution_weights(half_life_days=none) -%}
    {{ return({
        'first_touch': 'case when touch_position = 1 then 1 else 0 end',
        'last_touch': 'case when touch_position = touch_count then 1 else 0 end',
        'last_non_direct': 'case when touch_position '
            ~ '= coalesce(last_non_direct_position, touch_count) then 1 else 0 end',
        'linear': '1',
        'position_based': 'case when touch_count <= 2 then 1 '
            ~ 'when touch_position in (1, touch_count) then 2 * (touch_count - 2) else 1 end',
        'time_decay': 'greatest(floor(1000000000 * power(cast(0.5 as ' ~ type_double() ~ '), '
            ~ 'cast(days_before_order as ' ~ type_double() ~ ') / '
            ~ (half_life_days or var('attribution_half_life_days')) ~ ')), 1)',
        'markov': 'case when touch_position = first_campaign_position then removal_weight '
            ~ 'else 0 end',
        'shapley': 'case when touch_position = first_campaign_position then 1 else 0 end',
    }) }}
{%- endmacro %}
