with

customers as (
    select * from {{ ref('dim_customers') }}
    where is_primary_account
),

orders as (
    select * from {{ ref('int_customers__rfm_scores') }}
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

joined as (
    select
        customers.*,
        first_touches.campaign_key as acquisition_campaign_key,
        items.preferred_category,
        items.margin_amount,
        orders.rfm_segment,
        orders.days_between_orders_total,
        orders.median_days_between_orders,
        orders.recency_days,
        orders.tenure_days,
        orders.recency_score,
        orders.frequency_score,
        orders.monetary_score,
        orders.first_order_date,
        orders.last_order_date,
        predictions.probability_alive,
        predictions.expected_order_count_365d,
        predictions.expected_net_amount_365d,
        predictions.predicted_as_of_date,
        coalesce(orders.order_count, 0) as order_count,
        coalesce(orders.orders_with_items_count, 0) as orders_with_items_count,
        coalesce(orders.unit_count, 0) as unit_count,
        coalesce(orders.gross_amount, 0) as gross_amount,
        coalesce(orders.discount_amount, 0) as discount_amount,
        coalesce(orders.returns_amount, 0) as returns_amount,
        coalesce(orders.net_amount, 0) as net_amount,
        coalesce(orders.total_sales_amount, 0) as total_sales_amount,
        coalesce(items.covered_net_amount, 0) as covered_net_amount,
        case when orders.order_count >= 2 then orders.order_count - 1 end as order_gap_count
    from customers
    left join orders on customers.person_id = orders.person_id
    left join items on customers.person_id = items.person_id
    left join predictions on customers.person_id = predictions.person_id
    left join first_touches on orders.first_order_id = first_touches.order_id
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
        rfm_segment,
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
        {{ ratio('days_between_orders_total', 'order_gap_count') }} as mean_days_between_orders,
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
    from joined
)

select * from final
