{#- Grain: calendar month. Sums come from the days; distinct customers are counted per month. -#}
with

daily as (
    select * from {{ ref('int_orders__daily_agg') }}
),

customers as (
    select * from {{ ref('int_orders__period_customers_agg') }}
    where period = 'month'
),

bounds as (
    select * from {{ ref('int_shop__date_bounds') }}
),

by_month as (
    select
        {{ start_of('month', 'date_day') }} as month_start_date,
        cast(sum(order_count) as bigint) as order_count,
        cast(sum(orders_with_items_count) as bigint) as orders_with_items_count,
        cast(sum(cancelled_order_count) as bigint) as cancelled_order_count,
        cast(sum(unit_count) as {{ type_quantity() }}) as unit_count,
        cast(sum(gross_amount) as {{ type_money() }}) as gross_amount,
        cast(sum(discount_amount) as {{ type_money() }}) as discount_amount,
        cast(sum(returns_amount) as {{ type_money() }}) as returns_amount,
        cast(sum(net_amount) as {{ type_money() }}) as net_amount,
        cast(sum(shipping_amount) as {{ type_money() }}) as shipping_amount,
        cast(sum(tax_amount) as {{ type_money() }}) as tax_amount,
        cast(sum(total_sales_amount) as {{ type_money() }}) as total_sales_amount,
        cast(sum(gift_card_amount) as {{ type_money() }}) as gift_card_amount
    from daily
    group by {{ start_of('month', 'date_day') }}
),

joined as (
    select
        by_month.month_start_date,
        cast(extract(year from by_month.month_start_date) as integer) as year_number,
        cast(extract(month from by_month.month_start_date) as integer) as month_number,
        coalesce(
            by_month.month_start_date >= bounds.first_order_date
            and {{ add_days(add_months('by_month.month_start_date', 1), -1) }}
            <= bounds.last_order_date,
            false
        ) as is_complete,
        coalesce(customers.customer_count, 0) as customer_count,
        coalesce(customers.new_customer_count, 0) as new_customer_count,
        by_month.order_count,
        by_month.orders_with_items_count,
        by_month.cancelled_order_count,
        by_month.unit_count,
        by_month.gross_amount,
        by_month.discount_amount,
        by_month.returns_amount,
        by_month.net_amount,
        by_month.shipping_amount,
        by_month.tax_amount,
        by_month.total_sales_amount,
        by_month.gift_card_amount
    from by_month
    cross join bounds
    left join customers on by_month.month_start_date = customers.period_start
),

-- Only complete years have each season once.
complete as (
    select
        month_start_date,
        year_number,
        month_number,
        is_complete,
        customer_count,
        new_customer_count,
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
        case when is_complete then net_amount end as complete_net_amount,
        sum(case when is_complete then 1 else 0 end) over (partition by year_number) = 12
            as is_complete_year
    from joined
),

windowed as (
    select
        month_start_date,
        year_number,
        month_number,
        is_complete,
        customer_count,
        new_customer_count,
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
        case
            when
                is_complete and lag(is_complete, 1) over (order by month_start_date)
                then lag(net_amount, 1) over (order by month_start_date)
        end as net_amount_month_before,
        case
            when
                is_complete and lag(is_complete, 12) over (order by month_start_date)
                then lag(net_amount, 12) over (order by month_start_date)
        end as net_amount_year_before,
        count(complete_net_amount) over (
            order by month_start_date rows between 2 preceding and current row
        ) as months_in_3m,
        sum(complete_net_amount) over (
            order by month_start_date rows between 2 preceding and current row
        ) as net_amount_3m,
        count(complete_net_amount) over (
            order by month_start_date rows between 11 preceding and current row
        ) as months_in_12m,
        sum(complete_net_amount) over (
            order by month_start_date rows between 11 preceding and current row
        ) as net_amount_12m,
        sum(net_amount) over (
            partition by year_number
            order by month_start_date
            rows between unbounded preceding and current row
        ) as net_amount_year_to_date,
        {{ trailing_z_score(to_cents('complete_net_amount'), 12, 'month_start_date') }}
            as net_amount_z_score,
        {{ seasonality_index('case when is_complete_year then net_amount end', 'month_number') }}
            as seasonality_index
    from complete
),

final as (
    select
        month_start_date,
        year_number,
        month_number,
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
        {{ ratio('case when months_in_3m = 3 then net_amount_3m end', 3) }}
            as net_amount_3m_average,
        {{ ratio('case when months_in_12m = 12 then net_amount_12m end', 12) }}
            as net_amount_12m_average,
        {{ growth('net_amount', 'net_amount_month_before') }} as net_amount_mom_growth,
        {{ growth('net_amount', 'net_amount_year_before') }} as net_amount_yoy_growth,
        cast(net_amount_year_to_date as {{ type_money() }}) as net_amount_year_to_date,
        seasonality_index,
        net_amount_z_score
    from windowed
)

select * from final
