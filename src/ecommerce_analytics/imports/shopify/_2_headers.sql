-- One row per order and export. The order's own values are on the first of its rows only.
with

named as (
    select
        export,
        "Name" as order_name,
        arg_min(clean("Id"), row_number) as shopify_id,
        arg_min(clean("Email"), row_number) as email,
        arg_min("Accepts Marketing", row_number) as accepts_marketing,
        arg_min(lower("Financial Status"), row_number) as financial_status,
        arg_min(lower("Fulfillment Status"), row_number) as fulfillment_status,
        arg_min(moment("Created at"), row_number) as ordered_at,
        arg_min(moment("Paid at"), row_number) as paid_at,
        arg_min(moment("Fulfilled at"), row_number) as shipped_at,
        arg_min(moment("Cancelled at"), row_number) as cancelled_at,
        arg_min(upper("Currency"), row_number) as currency,
        arg_min(number("Subtotal"), row_number) as subtotal,
        arg_min(number("Shipping"), row_number) as shipping,
        arg_min(number("Duties"), row_number) as duties,
        arg_min(number("Taxes"), row_number) as taxes,
        arg_min(number("Total"), row_number) as total,
        arg_min(number("Discount Amount"), row_number) as discount_amount,
        arg_min(number("Refunded Amount"), row_number) as refunded_amount,
        arg_min("Payment Method", row_number) as payment_method,
        arg_min(clean("Billing Name"), row_number) as billing_name,
        arg_min(clean("Billing City"), row_number) as billing_city,
        arg_min(clean("Billing Country"), row_number) as billing_country,
        arg_min(clean("Billing Province"), row_number) as billing_province,
        arg_min(clean("Shipping Name"), row_number) as shipping_name,
        arg_min(clean("Shipping City"), row_number) as shipping_city,
        arg_min(clean("Shipping Country"), row_number) as shipping_country,
        arg_min(clean("Shipping Province"), row_number) as shipping_province
    from orders_export
    group by export, "Name"
),

-- An export without the column Id still names the orders of one that has it.
identified as (
    select
        *,
        coalesce(
            shopify_id,
            case
                when
                    min(shopify_id) over (partition by order_name)
                    = max(shopify_id) over (partition by order_name)
                    then max(shopify_id) over (partition by order_name)
            end
        ) as known_id
    from named
)

select
    identified.* exclude (shopify_id, known_id),
    key(coalesce(known_id, order_name)) as order_id,
    known_id is not null as has_id,
    lower(email) as address,
    exports.latest_at,
    exports.position,
    -- The later export wins.
    exports.position = max(exports.position) over (
        partition by key(coalesce(known_id, order_name))
    ) as is_latest
from identified
inner join exports on identified.export = exports.export
