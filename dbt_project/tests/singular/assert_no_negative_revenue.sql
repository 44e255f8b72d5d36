select
    order_id,
    gross_amount,
    discount_amount,
    returns_amount,
    net_amount
from {{ ref('fact_orders') }}
where
    net_amount < 0
    or shipping_amount < 0
    or tax_amount < 0
