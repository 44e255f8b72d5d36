{#- Grain: product x day of a new price, derived from the prices charged, because the shop
    exports only today's list price. The elasticity includes any season or campaign that
    coincides with the change. -#}
{%- set window_days = var('price_change_window_days') -%}

with

order_items as (
    select * from {{ ref('fact_order_items') }}
    where is_valid and line_type = 'product' and product_id is not null and quantity > 0
),

bounds as (
    select * from {{ ref('int_shop__date_bounds') }}
),

daily_units as (
    select
        product_id,
        order_date,
        sum(quantity) as unit_count
    from order_items
    group by
        product_id,
        order_date
),

lines as (
    select
        *,
        row_number() over (
            partition by product_id, order_date
            order by ordered_at desc nulls last, {{ key_order('order_item_id') }} desc
        ) as lines_to_close
    from order_items
),

closing_prices as (
    select
        *,
        min(order_date) over (partition by product_id) as first_sale_date,
        lag(order_date) over (
            partition by product_id
            order by order_date asc nulls last, {{ key_order('order_item_id') }} asc
        ) as last_old_price_date,
        lag(unit_price) over (
            partition by product_id
            order by order_date asc nulls last, {{ key_order('order_item_id') }} asc
        ) as old_unit_price
    from lines
    where lines_to_close = 1
),

changes as (
    select
        *,
        order_date as change_date,
        unit_price as new_unit_price,
        coalesce(
            lag(order_date) over (
                partition by product_id
                order by order_date asc nulls last, {{ key_order('order_item_id') }} asc
            ),
            first_sale_date
        ) as first_old_price_date,
        lead(last_old_price_date) over (
            partition by product_id
            order by order_date asc nulls last, {{ key_order('order_item_id') }} asc
        ) as last_new_price_date
    from closing_prices
    where old_unit_price <> unit_price
),

-- Both bounds of each window are exclusive.
windowed as (
    select
        changes.*,
        greatest(
            changes.first_old_price_date,
            cast({{ dbt.dateadd('day', -window_days - 1, 'changes.last_old_price_date') }} as date)
        ) as day_ahead,
        least(
            coalesce(
                changes.last_new_price_date,
                cast({{ dbt.dateadd('day', 1, 'bounds.last_order_date') }} as date)
            ),
            cast({{ dbt.dateadd('day', window_days + 1, 'changes.change_date') }} as date)
        ) as day_behind
    from changes
    cross join bounds
),

counted as (
    select
        windowed.product_key,
        windowed.product_id,
        windowed.last_old_price_date,
        windowed.change_date,
        windowed.old_unit_price,
        windowed.new_unit_price,
        greatest(
            {{ calculate_days_between('windowed.day_ahead', 'windowed.last_old_price_date') }} - 1,
            0
        ) as days_before,
        greatest(
            {{ calculate_days_between('windowed.change_date', 'windowed.day_behind') }} - 1, 0
        ) as days_after,
        cast(
            sum(
                case
                    when daily_units.order_date < windowed.last_old_price_date
                        then daily_units.unit_count
                    else 0
                end
            ) as {{ type_quantity() }}
        ) as units_before,
        cast(
            sum(
                case
                    when daily_units.order_date > windowed.change_date
                        then daily_units.unit_count
                    else 0
                end
            ) as {{ type_quantity() }}
        ) as units_after
    from windowed
    left join daily_units
        on
            windowed.product_id = daily_units.product_id
            and windowed.day_ahead < daily_units.order_date
            and windowed.day_behind > daily_units.order_date
    group by
        windowed.product_key,
        windowed.product_id,
        windowed.last_old_price_date,
        windowed.change_date,
        windowed.old_unit_price,
        windowed.new_unit_price,
        windowed.day_ahead,
        windowed.day_behind
),

final as (
    select
        product_key,
        product_id,
        last_old_price_date,
        change_date,
        old_unit_price,
        new_unit_price,
        days_before = {{ window_days }} and days_after = {{ window_days }} as is_clean,
        days_before,
        days_after,
        units_before,
        units_after,
        {{ ratio('new_unit_price - old_unit_price', 'old_unit_price') }} as price_change_rate,
        {{ ratio('units_before', 'days_before') }} as units_per_day_before,
        {{ ratio('units_after', 'days_after') }} as units_per_day_after,
        -- (q2 - q1) / (q1 + q2) times (p1 + p2) / (p2 - p1), with units per day as q.
        case
            when days_before >= 7 and days_after >= 7
                then {{ ratio(
                    'units_after * days_before - units_before * days_after',
                    'units_after * days_before + units_before * days_after'
                ) }} * {{ ratio(
                    'old_unit_price + new_unit_price', 'new_unit_price - old_unit_price'
                ) }}
        end as arc_elasticity
    from counted
)

select * from final
