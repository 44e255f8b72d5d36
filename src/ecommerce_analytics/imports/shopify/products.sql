-- One row per variant of the products export, and per product that was sold and is not in it.
with

listed as (
    select
        key(coalesce(sku, product_name)) as product_id,
        first(variants order by row_number) as listed
    from variants
    group by 1
),

sold as (
    select
        product_id,
        min(ordered_at) as first_sold_at,
        max_by(product_name, (ordered_at, order_id, line_number)) as product_name,
        max_by(sku, (ordered_at, order_id, line_number)) as sku,
        max_by(vendor, (ordered_at, order_id, line_number)) as vendor,
        max_by(unit_price, (ordered_at, order_id, line_number)) as unit_price
    from lines
    where product_id is not null
    group by product_id
),

shop as (
    select
        max(latest_at) as latest_at,
        (select count(*) from listed) > 0 as has_catalogue
    from exports
)

select
    product_id, -- from products "Variant SKU", else the name; of lines where it is not there
    coalesce(listed.product_name, sold.product_name, '(no name)')
        as product_name, -- from products "Title" and "Option1 Value", else orders "Lineitem name"
    coalesce(listed.sku, sold.sku)
        as sku, -- from products "Variant SKU", else orders "Lineitem sku"
    coalesce(
        listed.product_type,
        split_part(listed.product_category, ' > ', -1),
        'Uncategorized'
    ) as category, -- from products "Type", else "Product Category"
    cast(null as varchar) as subcategory, -- empty: an export does not have it
    coalesce(listed.vendor, sold.vendor) as brand, -- from products "Vendor", else orders "Vendor"
    listed.unit_cost, -- from products "Cost per item"
    coalesce(listed.list_price, sold.unit_price)
        as list_price, -- from products "Variant Price", else the last orders "Lineitem price"
    case
        when listed is not null
            then coalesce(listed.status = 'active', listed.is_published, true)
        else not shop.has_catalogue
    end as is_active, -- from products "Status"; what is not in a products export is not active
    coalesce(sold.first_sold_at, shop.latest_at)
        as created_at, -- guess: the first sale, else the latest time in the orders exports
    shop.latest_at as updated_at -- guess: the latest time in the orders exports
from listed
full join sold using (product_id)
cross join shop
