with

products as (
    select * from {{ ref('stg_ecommerce__products') }}
),

categories as (
    select * from {{ ref('product_categories') }}
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key(['products.product_id']) }} as product_key,
        products.product_id,
        products.sku,
        products.product_name,
        coalesce(categories.department, 'Unmapped') as department,
        products.category,
        coalesce(products.subcategory, '(none)') as subcategory,
        products.brand,
        products.is_active,
        products.list_price,
        products.unit_cost,
        {{ ratio('products.list_price - products.unit_cost', 'products.list_price') }}
            as list_margin_rate,
        categories.return_window_days,
        {{ to_local_date('products.created_at') }} as created_date,
        products.created_at,
        products.updated_at
    from products
    left join categories
        on
            products.category = categories.category
            and products.subcategory = categories.subcategory
)

select * from final
