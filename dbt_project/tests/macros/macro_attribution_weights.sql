-- attribution_weights: the shares of a journey of four touches, the last of them direct, under each model.
with

journey as (
    select 1 as touch_position, 4 as touch_count, 3 as last_non_direct_position, 14 as days_before_order
    union all
    select 2, 4, 3, 7
    union all
    select 3, 4, 3, 7
    union all
    select 4, 4, 3, 0
),

weights as (
    {% for model, weight in attribution_weights().items() %}
        select
            '{{ model }}' as attribution_model,
            touch_position,
            {{ weight }} as weight
        from journey
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

shares as (
    select
        attribution_model,
        touch_position,
        {{ ratio('weight', 'sum(weight) over (partition by attribution_model)') }} as share
    from weights
),

expected as (
    select 'first_touch' as attribution_model, 1.0 as first_share, 0.0 as second_share, 0.0 as third_share, 0.0 as fourth_share
    union all
    select 'last_touch', 0.0, 0.0, 0.0, 1.0
    union all
    select 'last_non_direct', 0.0, 0.0, 1.0, 0.0
    union all
    select 'linear', 0.25, 0.25, 0.25, 0.25
    union all
    select 'position_based', 0.4, 0.1, 0.1, 0.4
    union all
    select 'time_decay', 0.111111, 0.222222, 0.222222, 0.444444
)

select
    shares.attribution_model,
    shares.touch_position,
    shares.share
from shares
inner join expected on shares.attribution_model = expected.attribution_model
where
    abs(
        shares.share - case shares.touch_position
            when 1 then expected.first_share
            when 2 then expected.second_share
            when 3 then expected.third_share
            else expected.fourth_share
        end
    ) > 0.000001
