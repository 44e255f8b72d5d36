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
    {{ orders_by_period('month', 'daily', 'customers') }}
),

joined as (
    select
        by_month.*,
        cast(extract(year from by_month.month_start_date) as integer) as year_number,
        cast(extract(month from by_month.month_start_date) as integer) as month_number,
        coalesce(
            by_month.month_start_date >= bounds.first_order_date
            and {{ dbt.last_day('by_month.month_start_date', 'month') }}
            <= bounds.last_order_date,
            false
        ) as is_complete
    from by_month
    cross join bounds
),

-- Only complete years have each season once.
complete as (
    select
        *,
        case when is_complete then net_amount end as complete_net_amount,
        case
            when sum(case when is_complete then 1 else 0 end) over (partition by year_number) = 12
                then net_amount
        end as complete_year_net_amount
    from joined
),

windowed as (
    select
        *,
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
        {{ seasonality_index('complete_year_net_amount', 'month_number') }} as seasonality_index
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
        case when months_in_3m = 3 then {{ ratio('net_amount_3m', 3) }} end
            as net_amount_3m_average,
        case when months_in_12m = 12 then {{ ratio('net_amount_12m', 12) }} end
            as net_amount_12m_average,
        {{ growth('net_amount', 'net_amount_month_before') }} as net_amount_mom_growth,
        {{ growth('net_amount', 'net_amount_year_before') }} as net_amount_yoy_growth,
        cast(net_amount_year_to_date as {{ type_money() }}) as net_amount_year_to_date,
        seasonality_index,
        net_amount_z_score
    from windowed
)

select * from final
