{#- Grain: month of the order x category, and `(all)`. An order with two categories counts in
    both, so the categories do not add up to `(all)`. -#}
with

orders as (
    select * from {{ ref('fact_orders') }}
    where is_valid
),

order_items as (
    select * from {{ ref('fact_order_items') }}
    where is_valid
),

products as (
    select * from {{ ref('dim_products') }}
),

order_categories as (
    select distinct
        order_items.order_id,
        products.category
    from order_items
    inner join products on order_items.product_key = products.product_key

    union all

    select
        order_id,
        '(all)' as category
    from orders
),

timed as (
    select
        cast({{ dbt.date_trunc('month', 'orders.order_date') }} as date) as month_start_date,
        order_categories.category,
        {% for name, began, ended in [
            ('hours_to_ship', 'ordered_at', 'shipped_at'),
            ('hours_in_transit', 'shipped_at', 'delivered_at'),
            ('hours_to_deliver', 'ordered_at', 'delivered_at'),
        ] %}
            case
                when orders.{{ began }} <= orders.{{ ended }}
                    then {{ whole_hours_between('orders.' ~ began, 'orders.' ~ ended) }}
            end as {{ name }},
        {% endfor %}
        orders.order_id
    from orders
    inner join order_categories on orders.order_id = order_categories.order_id
),

summed as (
    select
        month_start_date,
        category,
        count(*) as order_count,
        count(hours_to_ship) as shipped_order_count,
        count(hours_in_transit) as delivered_order_count,
        sum(hours_to_ship) as hours_to_ship_total,
        cast({{ percentile('hours_to_ship', 0.5) }} as integer) as median_hours_to_ship,
        cast({{ percentile('hours_to_ship', 0.9) }} as integer) as p90_hours_to_ship,
        sum(hours_in_transit) as hours_in_transit_total,
        cast({{ percentile('hours_in_transit', 0.5) }} as integer) as median_hours_in_transit,
        cast({{ percentile('hours_in_transit', 0.9) }} as integer) as p90_hours_in_transit,
        cast({{ percentile('hours_to_deliver', 0.5) }} as integer) as median_hours_to_deliver,
        cast({{ percentile('hours_to_deliver', 0.9) }} as integer) as p90_hours_to_deliver
    from timed
    group by
        month_start_date,
        category
),

final as (
    select
        month_start_date,
        category,
        order_count,
        shipped_order_count,
        delivered_order_count,
        {{ ratio('shipped_order_count', 'order_count') }} as shipped_rate,
        {{ ratio('delivered_order_count', 'order_count') }} as delivered_rate,
        {{ ratio('hours_to_ship_total', 'shipped_order_count') }} as mean_hours_to_ship,
        median_hours_to_ship,
        p90_hours_to_ship,
        {{ ratio('hours_in_transit_total', 'delivered_order_count') }} as mean_hours_in_transit,
        median_hours_in_transit,
        p90_hours_in_transit,
        median_hours_to_deliver,
        p90_hours_to_deliver
    from summed
)

select * from final
