-- How do the categories' net sales move from month to month, and what is that with tax?
with

order_items as (
    select * from {{ ref('fact_order_items') }}
    where is_valid
),

products as (
    select * from {{ ref('dim_products') }}
),

by_month as (
    select
        {{ start_of('month', 'order_items.order_date') }} as month_start_date,
        products.department,
        products.category,
        sum(order_items.quantity) as unit_count,
        cast(sum(order_items.net_amount) as {{ type_money() }}) as net_amount
    from order_items
    inner join products on order_items.product_key = products.product_key
    group by
        {{ start_of('month', 'order_items.order_date') }},
        products.department,
        products.category
),

compared as (
    select
        month_start_date,
        department,
        category,
        unit_count,
        net_amount,
        lag(net_amount) over (
            partition by department, category order by month_start_date
        ) as net_amount_month_before
    from by_month
),

final as (
    select
        month_start_date,
        department,
        category,
        unit_count,
        net_amount,
        -- What a till would have shown at New York's rate.
        {{ calculate_revenue_with_tax('net_amount', '0.08875') }} as net_amount_with_tax,
        {{ growth('net_amount', 'net_amount_month_before') }} as net_amount_growth
    from compared
)

select * from final
order by
    month_start_date,
    department,
    category
