-- One row per product that can be sold, and per variation or product that was and is not in the
-- file.
with

listed as (
    select * from products where product_type not in ('variable', 'grouped')
),

sold as (
    select
        product_id,
        max_by(parent_id, (ordered_at, order_item_id)) as parent_id,
        max_by(product_name, (ordered_at, order_item_id)) as product_name,
        max_by(sku, (ordered_at, order_item_id)) as sku,
        max_by(
            round(gross / coalesce(nullif(quantity, 0), 1), 4), (ordered_at, order_item_id)
        ) as unit_price,
        min(ordered_at) as first_sold_at
    from lines
    where product_id is not null
    group by product_id
),

shop as (
    select
        max(coalesce(modified_at, ordered_at)) as latest_at,
        (select count(*) from products) > 0 as has_catalogue
    from headers
)

select
    product_id, -- from products "id"; of the lines where it is in no file
    coalesce(listed.product_name, sold.product_name, '(no name)')
        as product_name, -- from products "name", else orders "line_items"
    coalesce(listed.sku, sold.sku) as sku, -- from products "sku", else orders "line_items"
    coalesce(listed.category, parents.category, 'Uncategorized')
        as category, -- from products "categories", the first; of a variation its product's
    cast(null as varchar) as subcategory, -- empty: WooCommerce does not have it
    cast(null as varchar) as brand, -- empty: WooCommerce does not have it
    cast(null as decimal(18, 4)) as unit_cost, -- empty: WooCommerce does not have it
    coalesce(listed.list_price, sold.unit_price, 0)
        as list_price, -- from products "regular_price", else the last price in orders "line_items"
    coalesce(listed.is_active, parents.is_active, not shop.has_catalogue)
        as is_active, -- from products "status"
    coalesce(listed.created_at, parents.created_at, sold.first_sold_at, shop.latest_at)
        as created_at, -- from products "date_created_gmt", else the first sale
    coalesce(listed.modified_at, parents.modified_at, shop.latest_at)
        as updated_at -- from products "date_modified_gmt", else the latest time of the orders
from listed
full join sold using (product_id)
left join products as parents on sold.parent_id = parents.product_id
cross join shop
