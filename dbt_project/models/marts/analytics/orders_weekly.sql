{#- Grain: ISO week. Sums come from the days; distinct customers are counted per week. -#}
with

daily as (
    select * from {{ ref('int_orders__daily_agg') }}
),

customers as (
    select * from {{ ref('int_orders__period_customers_agg') }}
    where period = 'week'
),

bounds as (
    select * from {{ ref('int_shop__date_bounds') }}
),

by_week as (
    {{ orders_by_period('week', 'daily', 'customers') }}
),

joined as (
    select
        by_week.*,
        {{ iso_year('by_week.week_start_date') }} as iso_year,
        {{ iso_week('by_week.week_start_date') }} as iso_week,
        coalesce(
            by_week.week_start_date >= bounds.first_order_date
            and {{ dbt.last_day('by_week.week_start_date', 'week') }} <= bounds.last_order_date,
            false
        ) as is_complete
    from by_week
    cross join bounds
),

-- Only complete ISO years have each season once.
complete as (
    select
        *,
        case when is_complete then net_amount end as complete_net_amount,
        case
            when
                max(iso_week) over (partition by iso_year) >= 52
                and sum(case when is_complete then 1 else 0 end) over (partition by iso_year)
                = max(iso_week) over (partition by iso_year)
                then net_amount
        end as complete_year_net_amount
    from joined
),

windowed as (
    select
        *,
        case
            when
                is_complete and lag(is_complete, 1) over (order by week_start_date)
                then lag(net_amount, 1) over (order by week_start_date)
        end as net_amount_week_before,
        case
            when
                is_complete and lag(is_complete, 4) over (order by week_start_date)
                then lag(net_amount, 4) over (order by week_start_date)
        end as net_amount_month_before,
        case
            when
                is_complete and lag(is_complete, 52) over (order by week_start_date)
                then lag(net_amount, 52) over (order by week_start_date)
        end as net_amount_year_before,
        count(complete_net_amount) over (
            order by week_start_date rows between 3 preceding and current row
        ) as weeks_in_4w,
        sum(complete_net_amount) over (
            order by week_start_date rows between 3 preceding and current row
        ) as net_amount_4w,
        count(complete_net_amount) over (
            order by week_start_date rows between 12 preceding and current row
        ) as weeks_in_13w,
        sum(complete_net_amount) over (
            order by week_start_date rows between 12 preceding and current row
        ) as net_amount_13w,
        sum(net_amount) over (
            partition by iso_year
            order by week_start_date
            rows between unbounded preceding and current row
        ) as net_amount_year_to_date,
        {{ trailing_z_score(to_cents('complete_net_amount'), 26, 'week_start_date') }}
            as net_amount_z_score,
        {{ seasonality_index('complete_year_net_amount', 'iso_week') }} as seasonality_index
    from complete
),

final as (
    select
        week_start_date,
        iso_year,
        iso_week,
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
        case when weeks_in_4w = 4 then {{ ratio('net_amount_4w', 4) }} end
            as net_amount_4w_average,
        case when weeks_in_13w = 13 then {{ ratio('net_amount_13w', 13) }} end
            as net_amount_13w_average,
        {{ growth('net_amount', 'net_amount_week_before') }} as net_amount_wow_growth,
        {{ growth('net_amount', 'net_amount_month_before') }} as net_amount_mom_growth,
        {{ growth('net_amount', 'net_amount_year_before') }} as net_amount_yoy_growth,
        cast(net_amount_year_to_date as {{ type_money() }}) as net_amount_year_to_date,
        seasonality_index,
        net_amount_z_score
    from windowed
)

select * from final
