{#- What orders_daily, orders_weekly and orders_monthly share, as a query with one row per period.
    Sums come from the days, distinct customers from their count per period. `daily` and
    `customers` are CTEs over int_orders__daily_agg and int_orders__period_customers_agg. -#}
{% macro orders_by_period(period, daily, customers) -%}
    {%- if period not in ['day', 'week', 'month'] -%}
        {{ exceptions.raise_compiler_error(
            "orders_by_period: period is '" ~ period ~ "'; use one of day, week, month"
        ) }}
    {%- endif -%}
    {%- set start_date = 'date_day' if period == 'day' else period ~ '_start_date' -%}
    {%- set start_date_of -%}
        cast({{ dbt.date_trunc(period, 'daily.date_day') }} as date)
    {%- endset -%}
    select
        summed.*,
        coalesce(customers.customer_count, 0) as customer_count,
        coalesce(customers.customer_count, 0) - summed.new_customer_count
            as returning_customer_count,
        {{ ratio(
            'summed.gross_amount - summed.discount_amount', 'summed.orders_with_items_count'
        ) }} as average_order_value,
        {{ ratio('summed.total_sales_amount', 'summed.order_count') }}
            as average_total_order_value,
        {{ ratio('summed.unit_count', 'summed.orders_with_items_count') }} as units_per_order,
        {{ ratio('summed.net_amount', 'coalesce(customers.customer_count, 0)') }}
            as net_amount_per_customer
    from (
        select
            {{ start_date_of }} as {{ start_date }},
            cast(sum(order_count) as bigint) as order_count,
            cast(sum(orders_with_items_count) as bigint) as orders_with_items_count,
            cast(sum(new_customer_count) as bigint) as new_customer_count,
            cast(sum(cancelled_order_count) as bigint) as cancelled_order_count,
            cast(sum(unit_count) as {{ type_quantity() }}) as unit_count,
            {%- for amount in [
                'gross_amount', 'discount_amount', 'returns_amount', 'net_amount',
                'shipping_amount', 'tax_amount', 'total_sales_amount', 'gift_card_amount',
            ] %}
            cast(sum({{ amount }}) as {{ type_money() }}) as {{ amount }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ daily }} as daily
        group by {{ start_date_of }}
    ) as summed
    left join {{ customers }} as customers on summed.{{ start_date }} = customers.period_start
{%- endmacro %}
