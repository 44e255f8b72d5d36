-- One row per product of the file, variable and grouped ones included.
select
    key(body ->> '$.id') as product_id,
    lower(body ->> '$.type') as product_type,
    clean(body ->> '$.name') as product_name,
    clean(body ->> '$.sku') as sku,
    clean(body ->> '$.categories[0].name') as category,
    number(coalesce(nullif(body ->> '$.regular_price', ''), body ->> '$.price')) as list_price,
    lower(body ->> '$.status') = 'publish' as is_active,
    moment(body ->> '$.date_created_gmt') as created_at,
    moment(body ->> '$.date_modified_gmt') as modified_at
from products_export
