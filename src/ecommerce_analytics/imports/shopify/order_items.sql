-- One row per order line.
select
    part_key(lines.order_id, lines.line_number)
        as order_item_id, -- from the order and the row's place in it
    lines.order_id, -- from orders "Id", else orders "Name"
    lines.line_number, -- from the row's place in its order
    lines.product_id, -- from orders "Lineitem sku", else "Lineitem name"; none for tips and fees
    lines.quantity, -- from orders "Lineitem quantity"
    lines.unit_price, -- from orders "Lineitem price"
    case when money.has_line_discounts then lines.discount else 0 end
        as discount, -- from orders "Lineitem discount"
    lines.gross - case when money.has_line_discounts then lines.discount else 0 end
        as line_total, -- from quantity x unit_price - discount
    costs.unit_cost, -- guess: products "Cost per item" of today
    lines.line_type = 'gift_card'
        as is_gift_card, -- guess: products "Gift Card", else the name Gift Card and not shipped
    lines.line_type, -- guess: a line named Tip is a tip, one named ... fee without SKU a fee
    cast(null as decimal(18, 2)) as tax_amount, -- empty: an export has tax for whole orders only
    lines.ordered_at as updated_at -- guess: orders "Created at"
from lines
inner join money on lines.order_id = money.order_id
left join (
    select
        key(coalesce(sku, product_name)) as product_id,
        min_by(unit_cost, row_number) as unit_cost
    from variants
    group by 1
) as costs on lines.product_id = costs.product_id
