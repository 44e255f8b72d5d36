-- One row per line and fee.
select
    order_item_id, -- from orders "line_items"
    order_id, -- from orders "id"
    line_number, -- from the line's place in its order
    product_id, -- from orders "line_items": the variation, else the product
    quantity, -- from orders "line_items"
    round(gross / coalesce(nullif(quantity, 0), 1), 4)
        as unit_price, -- guess: the line's subtotal without tax by its units, rounded
    gross - line_total as discount, -- from orders "line_items": subtotal less total
    line_total, -- from orders "line_items"
    cast(null as decimal(18, 4)) as unit_cost, -- empty: WooCommerce does not have it
    false as is_gift_card, -- guess: no line is a gift card, an extension sells those
    line_type, -- from orders "line_items" and "fee_lines"
    tax_amount, -- from orders "line_items"
    ordered_at as updated_at -- guess: orders "date_created_gmt"
from lines
