-- One row per order line. Products are known by their SKU, else by the SKU that their name has
-- elsewhere, else by their name.
with

lines as (
    select
        headers.order_id,
        headers.ordered_at,
        rows.row_number,
        clean(rows."Lineitem name") as product_name,
        clean(rows."Lineitem sku") as sku,
        clean(rows."Vendor") as vendor,
        coalesce(number(rows."Lineitem quantity"), 0) as quantity,
        coalesce(number(rows."Lineitem price"), 0) as unit_price,
        coalesce(number(rows."Lineitem discount"), 0) as discount,
        coalesce(flag(rows."Lineitem requires shipping"), true) as requires_shipping
    from orders_export as rows
    inner join headers
        on rows.export = headers.export and rows."Name" = headers.order_name and headers.is_latest
    where rows."Lineitem name" is not null or rows."Lineitem price" is not null
),

names as (
    select
        product_name,
        min(sku) as sku
    from (
        select product_name, sku from lines
        union all
        select product_name, sku from variants
    )
    where sku is not null
    group by product_name
    having min(sku) = max(sku)
),

gift_cards as (
    select distinct coalesce(sku, product_name) as product
    from variants
    where is_gift_card
),

kinds as (
    select
        lines.* exclude (sku),
        coalesce(lines.sku, names.sku) as sku,
        coalesce(lines.sku, names.sku, lines.product_name) as product,
        case
            when lower(lines.product_name) = 'tip' and lines.sku is null then 'tip'
            when gift_cards.product is not null then 'gift_card'
            when
                not lines.requires_shipping
                and regexp_matches(lower(lines.product_name), '\bgift ?card\b')
                then 'gift_card'
            when
                not lines.requires_shipping
                and lines.sku is null
                and regexp_matches(lower(lines.product_name), '\bfee$')
                then 'fee'
            else 'product'
        end as line_type
    from lines
    left join names on lines.product_name = names.product_name
    left join gift_cards
        on coalesce(lines.sku, names.sku, lines.product_name) = gift_cards.product
)

select
    *,
    row_number() over (partition by order_id order by row_number) as line_number,
    round(quantity * unit_price, 2) as gross,
    case when line_type in ('tip', 'fee') then null else key(product) end as product_id
from kinds
