-- One row per variant of the products export, of which only the first row has the product's values.
with

filled as (
    select
        row_number,
        "Handle" as handle,
        clean("Variant SKU") as sku,
        number("Variant Price") as list_price,
        number("Cost per item") as unit_cost,
        first_value(clean("Title") ignore nulls) over handles as title,
        first_value(clean("Vendor") ignore nulls) over handles as vendor,
        first_value(clean("Type") ignore nulls) over handles as product_type,
        first_value(clean("Product Category") ignore nulls) over handles as product_category,
        first_value(lower("Status") ignore nulls) over handles as status,
        first_value(flag("Published") ignore nulls) over handles as is_published,
        first_value(flag("Gift Card") ignore nulls) over handles as is_gift_card,
        concat_ws(
            ' / ',
            nullif(clean("Option1 Value"), 'Default Title'),
            clean("Option2 Value"),
            clean("Option3 Value")
        ) as options
    from products_export
    window handles as (
        partition by "Handle"
        order by row_number
        rows between unbounded preceding and unbounded following
    )
)

select
    *,
    title || case when options = '' then '' else ' - ' || options end as product_name
from filled
where list_price is not null
