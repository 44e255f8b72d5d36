-- One row per order.
select
    headers.order_id, -- from orders "id"
    headers.customer_id, -- from orders "customer_id"; none for guests
    headers.email, -- from orders "billing"
    case headers.status
        when 'on-hold' then 'pending'
        when 'completed' then 'shipped'
        when 'failed' then 'cancelled'
        when 'refunded' then 'returned'
        else headers.status
    end
        as order_status, -- from orders "status"; completed is shipped, failed cancelled
    headers.ordered_at, -- from orders "date_created_gmt"
    headers.completed_at as shipped_at, -- guess: orders "date_completed_gmt"
    cast(null as timestamp) as delivered_at, -- empty: WooCommerce does not have it
    case when headers.status in ('cancelled', 'failed') then headers.modified_at end
        as cancelled_at, -- guess: orders "date_modified_gmt" of what was cancelled
    coalesce(sums.gross, 0)
        as subtotal, -- from orders "line_items" before discounts and "fee_lines"
    headers.discount_total + coalesce(discounts.amount, 0)
        as discount_total, -- from orders "discount_total", and "fee_lines" below 0
    headers.shipping_total, -- from orders "shipping_total"
    headers.tax_total, -- from orders "total_tax"
    headers.order_total, -- from orders "total"
    headers.currency, -- from orders "currency"
    key(null) as campaign_id, -- empty: the orders' attribution is not mapped
    false as is_test, -- guess: no order is a test
    headers.delivery_country, -- from orders "shipping", else "billing"
    headers.delivery_region, -- from orders "shipping", else "billing"
    headers.payment_method, -- from orders "payment_method"
    cast(null as date) as promised_date, -- empty: WooCommerce does not have it
    false as prices_include_tax, -- from orders "line_items", whose amounts are without tax
    coalesce(headers.modified_at, headers.ordered_at)
        as updated_at -- from orders "date_modified_gmt"
from headers
left join (
    select order_id, sum(gross) as gross from lines group by order_id
) as sums on headers.order_id = sums.order_id
left join (
    select
        key(body ->> '$.id') as order_id,
        sum(greatest(-number(fee ->> '$.total'), 0)) as amount
    from (
        select
            body,
            unnest(cast(coalesce(body -> '$.fee_lines', '[]') as json[])) as fee
        from orders_export
    )
    group by 1
) as discounts on headers.order_id = discounts.order_id
