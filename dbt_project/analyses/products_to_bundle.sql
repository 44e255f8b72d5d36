-- Which products belong on one page? Pairs bought together far more often than by chance, often
-- enough to trust it; each pair once.
with

affinity as (
    select * from {{ ref('product_affinity') }}
    where product_id < other_product_id and pair_order_count >= 20
),

products as (
    select * from {{ ref('dim_products') }}
    where is_active
),

final as (
    select
        products.product_name,
        other_products.product_name as other_product_name,
        affinity.pair_order_count,
        affinity.confidence_rate,
        affinity.reverse_confidence_rate,
        affinity.lift
    from affinity
    inner join products on affinity.product_key = products.product_key
    inner join products as other_products on affinity.other_product_key = other_products.product_key
)

select * from final
order by
    lift desc nulls last,
    product_name asc,
    other_product_name asc
