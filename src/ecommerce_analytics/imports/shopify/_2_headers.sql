-- One row per order and export. The order's own values are on one of its rows only, the first.
with

named as (
    select
        export,
        "Name" as order_name,
        clean("Id") as shopify_id,
        clean("Email") as email,
        "Accepts Marketing" as accepts_marketing,
        lower("Financial Status") as financial_status,
        lower("Fulfillment Status") as fulfillment_status,
        moment("Created at") as ordered_at,
        moment("Paid at") as paid_at,
        moment("Fulfilled at") as shipped_at,
        moment("Cancelled at") as cancelled_at,
        upper("Currency") as currency,
        number("Subtotal") as subtotal,
        number("Shipping") as shipping,
        number("Duties") as duties,
        number("Taxes") as taxes,
        number("Total") as total,
        number("Discount Amount") as discount_amount,
        number("Refunded Amount") as refunded_amount,
        "Payment Method" as payment_method,
        clean("Billing Name") as billing_name,
        clean("Billing City") as billing_city,
        clean("Billing Country") as billing_country,
        clean("Billing Province") as billing_province,
        clean("Shipping Name") as shipping_name,
        clean("Shipping City") as shipping_city,
        clean("Shipping Country") as shipping_country,
        clean("Shipping Province") as shipping_province
    from orders_export
    where "Total" is not null
    qualify row_number() over (partition by export, "Name" order by row_number) = 1
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
