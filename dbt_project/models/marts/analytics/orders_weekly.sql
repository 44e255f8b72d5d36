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
    select
        {{ start_of('week', 'date_day') }} as week_start_date,
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
    group by {{ start_of('week', 'date_day') }}
),

joined as (
    select
        by_week.week_start_date,
        {{ iso_year('by_week.week_start_date') }} as iso_year,
        {{ iso_week('by_week.week_start_date') }} as iso_week,
        coalesce(
            by_week.week_start_date >= bounds.first_order_date
            and {{ add_days('by_week.week_start_date', 6) }} <= bounds.last_order_date,
            false
        ) as is_complete,
        coalesce(customers.customer_count, 0) as customer_count,
        coalesce(customers.new_customer_count, 0) as new_customer_count,
        by_week.order_count,
        by_week.orders_with_items_count,
        by_week.cancelled_order_count,
        by_week.unit_count,
        by_week.gross_amount,
        by_week.discount_amount,
        by_week.returns_amount,
        by_week.net_amount,
        by_week.shipping_amount,
        by_week.tax_amount,
        by_week.total_sales_amount,
        by_week.gift_card_amount
    from by_week
    cross join bounds
    left join customers on by_week.week_start_date = customers.period_start
),

-- Only complete ISO years have each season once.
complete as (
    select
        week_start_date,
        iso_year,
        iso_week,
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
        max(iso_week) over (partition by iso_year) >= 52
        and sum(case when is_complete then 1 else 0 end) over (partition by iso_year)
        = max(iso_week) over (partition by iso_year) as is_complete_year
    from joined
),

windowed as (
    select
        week_start_date,
        iso_year,
        iso_week,
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
        {{ seasonality_index('case when is_complete_year then net_amount end', 'iso_week') }}
            as seasonality_index
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
        {{ ratio('case when weeks_in_4w = 4 then net_amount_4w end', 4) }}
            as net_amount_4w_average,
        {{ ratio('case when weeks_in_13w = 13 then net_amount_13w end', 13) }}
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
