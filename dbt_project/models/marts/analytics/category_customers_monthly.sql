{#- Grain: reporting category, including `(all)`, x month x the customers' previous month with a
    purchase in it. A period's customers are those whose first month in the period this is. -#}
with

order_items as (
    select * from {{ ref('fact_order_items') }}
    where is_valid
),

orders as (
    select * from {{ ref('fact_orders') }}
    where is_valid
),

products as (
    select * from {{ ref('product_performance') }}
),

bought as (
    select distinct
        products.category_group,
        order_items.person_id,
        cast({{ dbt.date_trunc('month', 'order_items.order_date') }} as date) as month_start_date
    from order_items
    inner join products on order_items.product_key = products.product_key

    union all

    select distinct
        '(all)' as category_group,
        person_id,
        cast({{ dbt.date_trunc('month', 'order_date') }} as date) as month_start_date
    from orders
),

compared as (
    select
        category_group,
        month_start_date,
        max(month_start_date) over (
            partition by category_group, person_id
            order by month_start_date asc
            rows between 1 preceding and 1 preceding
        ) as previous_month_start_date
    from bought
),

final as (
    select
        category_group,
        month_start_date,
        previous_month_start_date,
        count(*) as customer_count
    from compared
    group by
        category_group,
        month_start_date,
        previous_month_start_date
)

select * from final
