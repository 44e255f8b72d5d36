-- One row per refunded line, and per rest of a refund.
select
    part_key(refund_id, part)
        as refund_id, -- from refunds "id", else orders "refunds", and the part of it
    order_id, -- from refunds "parent_id", else orders "id"
    order_item_id, -- from refunds "line_items"; none of a rest
    quantity, -- from refunds "line_items"
    goods_amount, -- from refunds "line_items"; of a rest what "amount" leaves, or goods first
    tax_amount, -- from refunds "line_items"; without that file the order's share of tax
    shipping_amount, -- from refunds "shipping_lines"
    refunded_at -- from refunds "date_created_gmt", else orders "date_modified_gmt"
from refunded
