{#- Grain: variant. A deleted product or variant stays, because it was sold; it is not active. -#}
{{ config(enabled=var('ecommerce_source') == 'shopify_fivetran') }}

with

variants as (
    select * from {{ contract_source('product_variant', 'shopify_fivetran') }}
),

products as (
    select * from {{ contract_source('product', 'shopify_fivetran') }}
),

items as (
    select * from {{ contract_source('inventory_item', 'shopify_fivetran') }}
),

final as (
    select
        variants.id as product_id,
        coalesce(
            case
                when coalesce(variants.title, 'Default Title') <> 'Default Title'
                    then concat(products.title, ' - ', variants.title)
                else products.title
            end,
            variants.title,
            variants.sku,
            '(no name)'
        ) as product_name,
        nullif(variants.sku, '') as sku,
        coalesce(nullif(products.product_type, ''), 'Uncategorized') as category,
        cast(null as {{ dbt.type_string() }}) as subcategory,
        nullif(products.vendor, '') as brand,
        items.unit_cost_amount as unit_cost,
        coalesce(variants.price, 0) as list_price,
        not variants._fivetran_deleted
        and not coalesce(products._fivetran_deleted, false)
        and coalesce(lower(products.status), 'active') = 'active' as is_active,
        coalesce(variants.created_at, products.created_at) as created_at,
        greatest(
            coalesce(variants.updated_at, variants.created_at),
            coalesce(products.updated_at, variants.updated_at, variants.created_at)
        ) as updated_at,
        greatest(
            variants._fivetran_synced,
            coalesce(products._fivetran_synced, variants._fivetran_synced),
            coalesce(items._fivetran_synced, variants._fivetran_synced)
        ) as loaded_at
    from variants
    left join products on variants.product_id = products.id
    left join items on variants.inventory_item_id = items.id
)

select * from final
