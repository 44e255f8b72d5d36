-- One row per e-mail address that ordered. Orders have no customer number: the address leads to the
-- customers export, else the customer has the negative number of the first order.
with

accounts as (
    select
        lower(clean("Email")) as address,
        min(key(clean("Customer ID"))) as customer_id
    from customers_export
    where clean("Email") is not null
    group by 1
),

buyers as (
    select
        address,
        min_by(order_id, (ordered_at, order_id)) as first_order_id,
        min(ordered_at) as first_ordered_at,
        max_by(email, (ordered_at, order_id)) as email,
        max_by(coalesce(billing_name, shipping_name), (ordered_at, order_id)) as customer_name,
        max_by(coalesce(billing_country, shipping_country), (ordered_at, order_id)) as country,
        max_by(coalesce(billing_province, shipping_province), (ordered_at, order_id)) as state,
        max_by(coalesce(billing_city, shipping_city), (ordered_at, order_id)) as city,
        max_by(flag(accepts_marketing), (ordered_at, order_id)) as accepts_marketing
    from headers
    where is_latest and address is not null
    group by address
)

select
    buyers.*,
    accounts.customer_id is not null as has_account,
    coalesce(accounts.customer_id, made_key(buyers.first_order_id)) as customer_id
from buyers
left join accounts on buyers.address = accounts.address
