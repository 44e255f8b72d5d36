-- Which products should be shown together? The hundred pairs with the highest lift and enough
-- orders; each pair once.
with

affinity as (
    select * from {{ ref('product_affinity') }}
    where {{ key_order('product_id') }} < other_product_id and pair_order_count >= 20
),

products as (
    select * from {{ ref('dim_products') }}
    where is_active
),

numbered as (
    select
        products.product_name,
        other_products.product_name as other_product_name,
        affinity.pair_order_count,
        affinity.confidence_rate,
        affinity.reverse_confidence_rate,
        affinity.lift,
        row_number() over (
            order by
                affinity.lift desc nulls last,
                {{ key_order('affinity.product_id') }} asc,
                {{ key_order('affinity.other_product_id') }} asc
        ) as place
    from affinity
    inner join products on affinity.product_key = products.product_key
    inner join products as other_products on affinity.other_product_key = other_products.product_key
),

final as (
    select
        product_name,
        other_product_name,
        pair_order_count,
        confidence_rate,
        reverse_confidence_rate,
        lift
    from numbered
    where place <= 100
)

select * from final
order by
    lift desc nulls last,
    product_name asc,
    other_product_name asc
