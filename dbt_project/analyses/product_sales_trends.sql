-- How do net sales by category change from month to month, and what are they with tax?
with

sales as (
    select * from {{ ref('product_sales_monthly') }}
),

products as (
    select * from {{ ref('dim_products') }}
),

by_month as (
    select
        sales.month_start_date,
        products.department,
        products.category,
        sum(sales.unit_count) as unit_count,
        cast(sum(sales.net_amount) as {{ type_money() }}) as net_amount
    from sales
    inner join products on sales.product_key = products.product_key
    group by
        sales.month_start_date,
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
        -- With New York's sales tax rate.
        {{ calculate_revenue_with_tax('net_amount', '0.08875') }} as net_amount_with_tax,
        {{ growth('net_amount', 'net_amount_month_before') }} as net_amount_growth
    from compared
)

select * from final
order by
    month_start_date,
    department,
    category
