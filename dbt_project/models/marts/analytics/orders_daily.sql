with

daily as (
    select * from {{ ref('int_orders__daily_agg') }}
),

customers as (
    select * from {{ ref('int_orders__period_customers_agg') }}
    where period = 'day'
),

bounds as (
    select * from {{ ref('int_shop__date_bounds') }}
),

by_day as (
    {{ orders_by_period('day', 'daily', 'customers') }}
),

joined as (
    select
        by_day.*,
        coalesce(by_day.date_day <= bounds.last_order_date, false) as is_complete,
        case when by_day.date_day <= bounds.last_order_date then by_day.net_amount end
            as complete_net_amount
    from by_day
    cross join bounds
),

-- The spine has every day, so an offset in rows is an offset in days.
windowed as (
    select
        *,
        row_number() over (order by date_day) as day_number,
        sum(net_amount) over (
            order by date_day rows between 6 preceding and current row
        ) as net_amount_7d,
        sum(net_amount) over (
            order by date_day rows between 27 preceding and current row
        ) as net_amount_28d,
        lag(net_amount, 7) over (order by date_day) as net_amount_week_before,
        lag(net_amount, 28) over (order by date_day) as net_amount_month_before,
        lag(net_amount, 364) over (order by date_day) as net_amount_year_before,
        sum(net_amount) over (
            partition by cast({{ dbt.date_trunc('year', 'date_day') }} as date)
            order by date_day
            rows between unbounded preceding and current row
        ) as net_amount_year_to_date,
        {{ trailing_z_score(to_cents('net_amount'), 28, 'date_day') }} as net_amount_z_score,
        {{ seasonality_index('complete_net_amount', iso_day_of_week('date_day')) }}
            as seasonality_index
    from joined
),

final as (
    select
        date_day,
        is_complete,
        coalesce(abs(net_amount_z_score) > {{ var('anomaly_z_score') }}, false) as is_anomaly,
        customer_count,
        new_customer_count,
        returning_customer_count,
        order_count,
        orders_with_items_count,
        cancelled_order_count,
        unit_count,
        gross_amount,
        discount_amount,
        returns_amount,
        net_amount,
        shipping_amount,
        tax_amount,
        total_sales_amount,
        gift_card_amount,
        average_order_value,
        average_total_order_value,
        units_per_order,
        net_amount_per_customer,
        case when day_number >= 7 then {{ ratio('net_amount_7d', 7) }} end
            as net_amount_7d_average,
        case when day_number >= 28 then {{ ratio('net_amount_28d', 28) }} end
            as net_amount_28d_average,
        {{ growth('net_amount', 'net_amount_week_before') }} as net_amount_wow_growth,
        {{ growth('net_amount', 'net_amount_month_before') }} as net_amount_mom_growth,
        {{ growth('net_amount', 'net_amount_year_before') }} as net_amount_yoy_growth,
        cast(net_amount_year_to_date as {{ type_money() }}) as net_amount_year_to_date,
        seasonality_index,
        net_amount_z_score
    from windowed
)

select * from final
