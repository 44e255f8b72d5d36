with

customers as (
    select * from {{ ref('int_customers__orders_agg') }}
),

bounds as (
    select * from {{ ref('int_shop__date_bounds') }}
),

measured as (
    select
        {{ calculate_days_between('customers.last_order_date', 'bounds.as_of_date') }}
            as recency_days,
        customers.order_count,
        customers.net_amount
    from customers
    cross join bounds
),

final as (
    select
        cast({{ percentile('recency_days', 0.2) }} as integer) as recency_20,
        cast({{ percentile('recency_days', 0.4) }} as integer) as recency_40,
        cast({{ percentile('recency_days', 0.6) }} as integer) as recency_60,
        cast({{ percentile('recency_days', 0.8) }} as integer) as recency_80,
        cast({{ percentile('order_count', 0.2) }} as bigint) as frequency_20,
        cast({{ percentile('order_count', 0.4) }} as bigint) as frequency_40,
        cast({{ percentile('order_count', 0.6) }} as bigint) as frequency_60,
        cast({{ percentile('order_count', 0.8) }} as bigint) as frequency_80,
        cast({{ percentile('net_amount', 0.2) }} as {{ type_money() }}) as monetary_20,
        cast({{ percentile('net_amount', 0.4) }} as {{ type_money() }}) as monetary_40,
        cast({{ percentile('net_amount', 0.6) }} as {{ type_money() }}) as monetary_60,
        cast({{ percentile('net_amount', 0.8) }} as {{ type_money() }}) as monetary_80
    from measured
)

select * from final
