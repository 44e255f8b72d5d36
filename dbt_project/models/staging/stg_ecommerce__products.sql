with

source as (
    select * from {{ contract_source('products') }}
),

final as (
    select
        product_id,
        product_name,
        sku,
        category,
        subcategory,
        brand,
        is_active,
        unit_cost,
        list_price,
        created_at,
        updated_at,
        loaded_at
    from source
)

select * from final
