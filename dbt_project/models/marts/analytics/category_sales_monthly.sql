{#- Grain: reporting category x month. Orders and new customers are counted at this grain,
    returns on the day of the refund. -#}
with

order_items as (
    select * from {{ ref('fact_order_items') }}
    where is_valid
),

refunds as (
    select * from {{ ref('fact_refunds') }}
    where is_valid and returns_amount <> 0
),

products as (
    select * from {{ ref('product_performance') }}
),

customers as (
    select * from {{ ref('int_customers__orders_agg') }}
),

-- One row per order and category, so that an order counts once.
by_order as (
    select
        products.category_group,
        order_items.order_id,
        order_items.person_id,
        order_items.order_date,
        sum(order_items.quantity) as unit_count,
        sum(order_items.gross_amount) as gross_amount,
        sum(order_items.discount_amount) as discount_amount
    from order_items
    inner join products on order_items.product_key = products.product_key
    group by
        products.category_group,
        order_items.order_id,
        order_items.person_id,
        order_items.order_date
),

sold as (
    select
        by_order.category_group,
        cast({{ dbt.date_trunc('month', 'by_order.order_date') }} as date) as month_start_date,
        count(*) as order_count,
        count(
            distinct case
                when by_order.order_date = customers.first_order_date then by_order.person_id
            end
        ) as new_customer_count,
        sum(by_order.unit_count) as unit_count,
        sum(by_order.gross_amount) as gross_amount,
        sum(by_order.discount_amount) as discount_amount,
        0 as returns_amount
    from by_order
    inner join customers on by_order.person_id = customers.person_id
    group by
        by_order.category_group,
        cast({{ dbt.date_trunc('month', 'by_order.order_date') }} as date)
),

returned as (
    select
        coalesce(products.category_group, '(unknown)') as category_group,
        cast({{ dbt.date_trunc('month', 'refunds.refund_date') }} as date) as month_start_date,
        0 as order_count,
        0 as new_customer_count,
        0 as unit_count,
        0 as gross_amount,
        0 as discount_amount,
        sum(refunds.returns_amount) as returns_amount
    from refunds
    left join order_items on refunds.order_item_id = order_items.order_item_id
    left join products on order_items.product_key = products.product_key
    group by
        coalesce(products.category_group, '(unknown)'),
        cast({{ dbt.date_trunc('month', 'refunds.refund_date') }} as date)
),

combined as (
    select * from sold

    union all

    select * from returned
),

summed as (
    select
        category_group,
        month_start_date,
        cast(sum(order_count) as bigint) as order_count,
        cast(sum(new_customer_count) as bigint) as new_customer_count,
        cast(sum(unit_count) as {{ type_quantity() }}) as unit_count,
        cast(sum(gross_amount) as {{ type_money() }}) as gross_amount,
        cast(sum(discount_amount) as {{ type_money() }}) as discount_amount,
        cast(sum(returns_amount) as {{ type_money() }}) as returns_amount
    from combined
    group by
        category_group,
        month_start_date
),

final as (
    select
        category_group,
        month_start_date,
        order_count,
        new_customer_count,
        unit_count,
        gross_amount,
        discount_amount,
        returns_amount,
        cast(gross_amount - discount_amount - returns_amount as {{ type_money() }}) as net_amount
    from summed
)

select * from final
