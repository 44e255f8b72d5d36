with

order_items as (
    select * from {{ ref('fact_order_items') }}
    where is_valid
),

products as (
    select * from {{ ref('dim_products') }}
),

by_category as (
    select
        order_items.person_id,
        products.category,
        sum(case when order_items.line_type = 'product' then order_items.quantity else 0 end)
            as unit_count,
        sum(order_items.gross_amount) as gross_amount,
        sum(
            case when order_items.margin_amount is not null then order_items.net_amount else 0 end
        ) as covered_net_amount,
        sum(order_items.margin_amount) as margin_amount
    from order_items
    inner join products on order_items.product_key = products.product_key
    group by
        order_items.person_id,
        products.category
),

ranked as (
    select
        *,
        rank() over (
            partition by person_id
            order by
                unit_count desc nulls last,
                gross_amount desc nulls last,
                {{ byte_order('category') }} asc
        ) as preference
    from by_category
),

final as (
    select
        person_id,
        max(case when preference = 1 and unit_count > 0 then category end) as preferred_category,
        cast(sum(covered_net_amount) as {{ type_money() }}) as covered_net_amount,
        cast(sum(margin_amount) as {{ type_money() }}) as margin_amount
    from ranked
    group by person_id
)

select * from final
