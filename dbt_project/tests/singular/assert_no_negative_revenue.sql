select
    order_id,
    gross_amount,
    discount_amount
from {{ ref('fact_orders') }}
where
    gross_amount < 0
    or discount_amount < 0
    or gross_amount - discount_amount < 0
