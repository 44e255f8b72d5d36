-- One row per order. After `--`, what `--dry-run` shows of each column.
select
    headers.order_id, -- from orders "Id", else orders "Name"
    customers.customer_id, -- guess: the customer with the e-mail address of orders "Email"
    headers.email, -- from orders "Email"; empty at a point of sale
    case
        when headers.cancelled_at is not null or headers.financial_status = 'voided'
            then 'cancelled'
        when headers.financial_status = 'refunded' then 'returned'
        when headers.fulfillment_status = 'fulfilled' then 'shipped'
        when
            headers.financial_status in ('pending', 'authorized', 'unpaid', 'expired')
            and coalesce(headers.fulfillment_status, '') <> 'partial'
            then 'pending'
        else 'processing'
    end as order_status, -- from orders "Cancelled at", "Financial Status", "Fulfillment Status"
    headers.ordered_at, -- from orders "Created at"
    headers.shipped_at, -- from orders "Fulfilled at"
    cast(null as timestamp) as delivered_at, -- empty: an export does not have it
    headers.cancelled_at, -- from orders "Cancelled at"
    money.gross as subtotal, -- from orders "Lineitem quantity" x "Lineitem price"
    money.discount_total, -- guess: what orders "Subtotal" is below the sum of the lines
    money.shipping_total, -- from orders "Shipping" + "Duties"
    money.tax_total, -- from orders "Taxes"
    money.order_total, -- from orders "Total"
    headers.currency, -- from orders "Currency"
    key(null) as campaign_id, -- empty: an export does not have it
    coalesce(contains(lower(headers.payment_method), 'bogus gateway'), false)
        as is_test, -- guess: orders "Payment Method" is Shopify's test gateway
    headers.shipping_country as delivery_country, -- from orders "Shipping Country"
    headers.shipping_province as delivery_region, -- from orders "Shipping Province"
    headers.payment_method, -- from orders "Payment Method"
    cast(null as date) as promised_date, -- empty: an export does not have it
    money.prices_include_tax, -- guess: whether orders "Total" = "Subtotal" + "Shipping"
    greatest(headers.ordered_at, headers.paid_at, headers.shipped_at, headers.cancelled_at)
        as updated_at -- guess: the latest time of the order
from headers
inner join money on headers.order_id = money.order_id
left join customers on headers.address = customers.address
where headers.is_latest
