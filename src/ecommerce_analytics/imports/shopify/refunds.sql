-- One row per growth of an order's Refunded Amount from one export to the next.
select
    part_key(order_id, refund_number)
        as refund_id, -- from the order and the exports that saw it grow
    order_id, -- from orders "Id", else orders "Name"
    key(null) as order_item_id, -- empty: an export has one sum for the whole order
    0 as quantity, -- guess: 0, an export does not say how many units came back
    amount - tax_amount - shipping_amount
        as goods_amount, -- guess: orders "Refunded Amount" is of goods first
    tax_amount, -- guess: the order's share of tax; 0 where prices include it
    shipping_amount, -- guess: what orders "Refunded Amount" is beyond goods and their tax
    refunded_at -- guess: orders "Cancelled at", else the latest time in the export
from refunded
