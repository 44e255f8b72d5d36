-- One row per account of the customers export, and per address that ordered and is not in it.
with

shop as (
    select max(latest_at) as latest_at from exports
),

accounts as (
    select
        key(clean("Customer ID")) as customer_id,
        clean("Email") as email,
        nullif(concat_ws(' ', clean("First Name"), clean("Last Name")), '') as customer_name,
        coalesce(clean("Default Address Country Code"), clean("Country Code")) as country,
        coalesce(clean("Default Address Province Code"), clean("Province Code")) as state,
        coalesce(clean("Default Address City"), clean("City")) as city,
        flag("Accepts Email Marketing") as accepts_marketing
    from customers_export
    qualify row_number() over (partition by key(clean("Customer ID")) order by row_number) = 1
),

joined as (
    select
        coalesce(accounts.customer_id, buyers.customer_id) as customer_id,
        coalesce(accounts.email, buyers.email) as email,
        coalesce(accounts.customer_name, buyers.customer_name) as customer_name,
        coalesce(accounts.country, buyers.country) as country,
        coalesce(accounts.state, buyers.state) as state,
        coalesce(accounts.city, buyers.city) as city,
        coalesce(accounts.accepts_marketing, buyers.accepts_marketing, false) as accepts_marketing,
        buyers.first_ordered_at
    from accounts
    full join customers as buyers on accounts.customer_id = buyers.customer_id
)

select
    customer_id, -- from customers "Customer ID", else the first order's number below 0
    email, -- from customers "Email", else orders "Email"
    customer_name, -- from customers "First Name" and "Last Name", else orders "Billing Name"
    cast(null as varchar) as segment, -- empty: an export does not have it
    state, -- from customers "Default Address Province Code", else orders "Billing Province"
    country, -- from customers "Default Address Country Code", else orders "Billing Country"
    city, -- from customers "Default Address City", else orders "Billing City"
    cast(null as varchar) as acquisition_channel, -- empty: an export does not have it
    accepts_marketing, -- from customers "Accepts Email Marketing", else orders "Accepts Marketing"
    false as is_test, -- guess: no customer is a test
    coalesce(first_ordered_at, shop.latest_at)
        as signed_up_at, -- guess: the first order, else the latest time in the orders exports
    shop.latest_at as updated_at -- guess: the latest time in the orders exports
from joined
cross join shop
