with

customers as (
    select * from {{ ref('dim_customers') }}
    where is_primary_account
),

orders as (
    select * from {{ ref('int_customers__orders_agg') }}
),

items as (
    select * from {{ ref('int_customers__items_agg') }}
),

first_touches as (
    select * from {{ ref('attribution_touches') }}
    where last_non_direct_credit > 0 and is_first_order
),

predictions as (
    select * from {{ ref('int_customers__predictions') }}
),

bounds as (
    select * from {{ ref('int_shop__date_bounds') }}
),

joined as (
    select
        customers.person_id,
        customers.customer_key,
        customers.customer_id,
        customers.customer_type,
        customers.country,
        customers.state,
        customers.acquisition_channel,
        first_touches.campaign_key as acquisition_campaign_key,
        items.preferred_category,
        customers.is_test,
        coalesce(orders.order_count, 0) as order_count,
        coalesce(orders.orders_with_items_count, 0) as orders_with_items_count,
        coalesce(orders.unit_count, 0) as unit_count,
        coalesce(orders.gross_amount, 0) as gross_amount,
        coalesce(orders.discount_amount, 0) as discount_amount,
        coalesce(orders.returns_amount, 0) as returns_amount,
        coalesce(orders.net_amount, 0) as net_amount,
        coalesce(orders.total_sales_amount, 0) as total_sales_amount,
        items.margin_amount,
        coalesce(items.covered_net_amount, 0) as covered_net_amount,
        orders.net_amount as ordered_net_amount,
        orders.days_between_orders_total,
        orders.median_days_between_orders,
        predictions.probability_alive,
        predictions.expected_order_count_365d,
        predictions.expected_net_amount_365d,
        predictions.predicted_as_of_date,
        case
            when orders.last_order_date > bounds.as_of_date then 0
            else {{ calculate_days_between('orders.last_order_date', 'bounds.as_of_date') }}
        end as recency_days,
        case
            when orders.first_order_date > bounds.as_of_date then 0
            else {{ calculate_days_between('orders.first_order_date', 'bounds.as_of_date') }}
        end as tenure_days,
        orders.first_order_date,
        orders.last_order_date
    from customers
    left join orders on customers.person_id = orders.person_id
    left join items on customers.person_id = items.person_id
    left join predictions on customers.person_id = predictions.person_id
    left join first_touches on orders.first_order_id = first_touches.order_id
    cross join bounds
),

-- The cut points that divide the persons with orders into fifths.
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
        {{ percentile('ordered_net_amount', 0.2) }} as monetary_20,
        {{ percentile('ordered_net_amount', 0.4) }} as monetary_40,
        {{ percentile('ordered_net_amount', 0.6) }} as monetary_60,
        {{ percentile('ordered_net_amount', 0.8) }} as monetary_80
    from joined
    where order_count > 0
),

scored as (
    select
        joined.person_id,
        joined.customer_key,
        joined.customer_id,
        joined.customer_type,
        joined.country,
        joined.state,
        joined.acquisition_channel,
        joined.acquisition_campaign_key,
        joined.preferred_category,
        joined.is_test,
        joined.order_count,
        joined.orders_with_items_count,
        joined.unit_count,
        joined.gross_amount,
        joined.discount_amount,
        joined.returns_amount,
        joined.net_amount,
        joined.total_sales_amount,
        joined.margin_amount,
        joined.covered_net_amount,
        joined.days_between_orders_total,
        joined.median_days_between_orders,
        joined.probability_alive,
        joined.expected_order_count_365d,
        joined.expected_net_amount_365d,
        joined.predicted_as_of_date,
        joined.recency_days,
        joined.tenure_days,
        joined.first_order_date,
        joined.last_order_date,
        -- A low recency is good, so its scale is reversed.
        6 - {{ quantile_score(
            'joined.recency_days',
            ['cuts.recency_20', 'cuts.recency_40', 'cuts.recency_60', 'cuts.recency_80'],
            [30, 90, 180, 365]
        ) }} as recency_score,
        case
            when joined.order_count > 0
                then {{ quantile_score(
                    'joined.order_count',
                    [
                        'cuts.frequency_20', 'cuts.frequency_40',
                        'cuts.frequency_60', 'cuts.frequency_80',
                    ],
                    [1, 2, 3, 4]
                ) }}
        end as frequency_score,
        {{ quantile_score(
            'joined.ordered_net_amount',
            ['cuts.monetary_20', 'cuts.monetary_40', 'cuts.monetary_60', 'cuts.monetary_80'],
            [50, 100, 250, 500]
        ) }} as monetary_score
    from joined
    cross join cuts
),

final as (
    select
        person_id,
        customer_key,
        customer_id,
        customer_type,
        country,
        state,
        acquisition_channel,
        acquisition_campaign_key,
        preferred_category,
        case
            when order_count = 0 then 'prospect'
            when recency_days > {{ var('customer_at_risk_days') }} then 'churned'
            when net_amount >= {{ var('customer_vip_amount') }} then 'vip'
            when recency_days > {{ var('customer_active_days') }} then 'at-risk'
            else 'active'
        end as lifecycle_status,
        case
            when order_count = 0 then null
            when recency_score >= 4 and frequency_score >= 4 and monetary_score >= 4
                then 'Champions'
            when recency_score >= 3 and frequency_score >= 3 then 'Loyal'
            when recency_score >= 4 and frequency_score = 1 then 'New'
            when recency_score >= 4 then 'Promising'
            when recency_score = 3 then 'Needs attention'
            when frequency_score >= 3 then 'At risk'
            else 'Hibernating'
        end as rfm_segment,
        is_test,
        order_count >= 2 as is_repeat_customer,
        order_count,
        orders_with_items_count,
        unit_count,
        cast(gross_amount as {{ type_money() }}) as gross_amount,
        cast(discount_amount as {{ type_money() }}) as discount_amount,
        cast(returns_amount as {{ type_money() }}) as returns_amount,
        cast(net_amount as {{ type_money() }}) as net_amount,
        cast(total_sales_amount as {{ type_money() }}) as total_sales_amount,
        cast(margin_amount as {{ type_money() }}) as margin_amount,
        cast(net_amount as {{ type_money() }}) as lifetime_value,
        {{ ratio('gross_amount - discount_amount', 'orders_with_items_count') }}
            as average_order_value,
        {{ ratio('covered_net_amount', 'net_amount') }} as margin_coverage_rate,
        {{ ratio(
            'days_between_orders_total', 'case when order_count >= 2 then order_count - 1 end'
        ) }} as mean_days_between_orders,
        median_days_between_orders,
        probability_alive,
        expected_order_count_365d,
        expected_net_amount_365d,
        recency_days,
        tenure_days,
        recency_score,
        frequency_score,
        monetary_score,
        first_order_date,
        last_order_date,
        predicted_as_of_date
    from scored
)

select * from final
