-- One row per account, of the file or of the orders. Guests have none: their address decides.
with

accounts as (
    select
        key(body ->> '$.id') as customer_id,
        clean(body ->> '$.email') as email,
        nullif(concat_ws(' ', clean(body ->> '$.first_name'), clean(body ->> '$.last_name')), '')
            as customer_name,
        clean(body ->> '$.billing.state') as state,
        clean(body ->> '$.billing.country') as country,
        clean(body ->> '$.billing.city') as city,
        moment(body ->> '$.date_created_gmt') as signed_up_at,
        moment(body ->> '$.date_modified_gmt') as modified_at
    from customers_export
),

buyers as (
    select
        customer_id,
        max_by(email, (ordered_at, order_id)) as email,
        max_by(billing_name, (ordered_at, order_id)) as customer_name,
        max_by(billing_state, (ordered_at, order_id)) as state,
        max_by(billing_country, (ordered_at, order_id)) as country,
        max_by(billing_city, (ordered_at, order_id)) as city,
        min(ordered_at) as first_ordered_at,
        max(modified_at) as modified_at
    from headers
    where customer_id is not null
    group by customer_id
)

select
    customer_id, -- from customers "id", else orders "customer_id"
    coalesce(accounts.email, buyers.email)
        as email, -- from customers "email", else orders "billing"
    coalesce(accounts.customer_name, buyers.customer_name)
        as customer_name, -- from customers "first_name" and "last_name", else orders "billing"
    cast(null as varchar) as segment, -- empty: WooCommerce does not have it
    coalesce(accounts.state, buyers.state)
        as state, -- from customers "billing", else orders "billing"
    coalesce(accounts.country, buyers.country)
        as country, -- from customers "billing", else orders "billing"
    coalesce(accounts.city, buyers.city) as city, -- from customers "billing", else orders "billing"
    cast(null as varchar) as acquisition_channel, -- empty: WooCommerce does not have it
    false as accepts_marketing, -- guess: false, WooCommerce does not have it
    false as is_test, -- guess: no customer is a test
    coalesce(accounts.signed_up_at, buyers.first_ordered_at)
        as signed_up_at, -- from customers "date_created_gmt", else the first order
    coalesce(
        accounts.modified_at, buyers.modified_at, accounts.signed_up_at, buyers.first_ordered_at
    )
        as updated_at -- from customers "date_modified_gmt", else orders "date_modified_gmt"
from accounts
full join buyers using (customer_id)
