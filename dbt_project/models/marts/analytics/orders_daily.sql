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

-- The spine has every day, so an offset in rows is an offset in days.
windowed as (
    select
        daily.date_day,
        coalesce(daily.date_day <= bounds.last_order_date, false) as is_complete,
        coalesce(customers.customer_count, 0) as customer_count,
        daily.new_customer_count,
        daily.order_count,
        daily.orders_with_items_count,
        daily.cancelled_order_count,
        daily.unit_count,
        daily.gross_amount,
        daily.discount_amount,
        daily.returns_amount,
        daily.net_amount,
        daily.shipping_amount,
        daily.tax_amount,
        daily.total_sales_amount,
        daily.gift_card_amount,
        row_number() over (order by daily.date_day) as day_number,
        sum(daily.net_amount) over (
            order by daily.date_day rows between 6 preceding and current row
        ) as net_amount_7d,
        sum(daily.net_amount) over (
            order by daily.date_day rows between 27 preceding and current row
        ) as net_amount_28d,
        lag(daily.net_amount, 7) over (order by daily.date_day) as net_amount_week_before,
        lag(daily.net_amount, 28) over (order by daily.date_day) as net_amount_month_before,
        lag(daily.net_amount, 364) over (order by daily.date_day) as net_amount_year_before,
        sum(daily.net_amount) over (
            partition by {{ start_of('year', 'daily.date_day') }}
            order by daily.date_day
            rows between unbounded preceding and current row
        ) as net_amount_year_to_date,
        {{ trailing_z_score(to_cents('daily.net_amount'), 28, 'daily.date_day') }}
            as net_amount_z_score,
        {{ seasonality_index(
            'case when daily.date_day <= bounds.last_order_date then daily.net_amount end',
            iso_day_of_week('daily.date_day')
        ) }} as seasonality_index
    from daily
    cross join bounds
    left join customers on daily.date_day = customers.period_start
),

final as (
    select
        date_day,
        is_complete,
        coalesce(abs(net_amount_z_score) > {{ var('anomaly_z_score') }}, false) as is_anomaly,
        customer_count,
        new_customer_count,
        customer_count - new_customer_count as returning_customer_count,
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
        {{ ratio('gross_amount - discount_amount', 'orders_with_items_count') }}
            as average_order_value,
        {{ ratio('total_sales_amount', 'order_count') }} as average_total_order_value,
        {{ ratio('unit_count', 'orders_with_items_count') }} as units_per_order,
        {{ ratio('net_amount', 'customer_count') }} as net_amount_per_customer,
        {{ ratio('case when day_number >= 7 then net_amount_7d end', 7) }}
            as net_amount_7d_average,
        {{ ratio('case when day_number >= 28 then net_amount_28d end', 28) }}
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
