{#- Grain: person with a valid order. Recency, frequency and monetary value are scored from 1 to 5
    by the fifths of all such persons. -#}
with

orders as (
    select * from {{ ref('int_customers__orders_agg') }}
),

bounds as (
    select * from {{ ref('int_shop__date_bounds') }}
),

aged as (
    select
        orders.*,
        case
            when orders.last_order_date > bounds.as_of_date then 0
            else {{ calculate_days_between('orders.last_order_date', 'bounds.as_of_date') }}
        end as recency_days,
        case
            when orders.first_order_date > bounds.as_of_date then 0
            else {{ calculate_days_between('orders.first_order_date', 'bounds.as_of_date') }}
        end as tenure_days
    from orders
    cross join bounds
),

-- The cut points that divide the persons into fifths.
cuts as (
    select
        {{ percentile('recency_days', 0.2) }} as recency_20,
        {{ percentile('recency_days', 0.4) }} as recency_40,
        {{ percentile('recency_days', 0.6) }} as recency_60,
        {{ percentile('recency_days', 0.8) }} as recency_80,
        {{ percentile('order_count', 0.2) }} as frequency_20,
        {{ percentile('order_count', 0.4) }} as frequency_40,
        {{ percentile('order_count', 0.6) }} as frequency_60,
        {{ percentile('order_count', 0.8) }} as frequency_80,
        {{ percentile('net_amount', 0.2) }} as monetary_20,
        {{ percentile('net_amount', 0.4) }} as monetary_40,
        {{ percentile('net_amount', 0.6) }} as monetary_60,
        {{ percentile('net_amount', 0.8) }} as monetary_80
    from aged
),

scored as (
    select
        aged.*,
        -- A low recency is good, so its scale is reversed.
        6 - {{ quantile_score(
            'aged.recency_days',
            ['cuts.recency_20', 'cuts.recency_40', 'cuts.recency_60', 'cuts.recency_80'],
            [30, 90, 180, 365]
        ) }} as recency_score,
        {{ quantile_score(
            'aged.order_count',
            ['cuts.frequency_20', 'cuts.frequency_40', 'cuts.frequency_60', 'cuts.frequency_80'],
            [1, 2, 3, 4]
        ) }} as frequency_score,
        {{ quantile_score(
            'aged.net_amount',
            ['cuts.monetary_20', 'cuts.monetary_40', 'cuts.monetary_60', 'cuts.monetary_80'],
            [50, 100, 250, 500]
        ) }} as monetary_score
    from aged
    cross join cuts
),

final as (
    select
        person_id,
        first_order_id,
        order_count,
        orders_with_items_count,
        unit_count,
        gross_amount,
        discount_amount,
        returns_amount,
        net_amount,
        total_sales_amount,
        days_between_orders_total,
        median_days_between_orders,
        recency_days,
        tenure_days,
        recency_score,
        frequency_score,
        monetary_score,
        first_order_date,
        last_order_date,
        case
            when recency_score >= 4 and frequency_score >= 4 and monetary_score >= 4
                then 'Champions'
            when recency_score >= 3 and frequency_score >= 3 then 'Loyal'
            when recency_score >= 4 and frequency_score = 1 then 'New'
            when recency_score >= 4 then 'Promising'
            when recency_score = 3 then 'Needs attention'
            when frequency_score >= 3 then 'At risk'
            else 'Hibernating'
        end as rfm_segment
    from scored
)

select * from final
