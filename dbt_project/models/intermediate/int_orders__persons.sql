with

orders as (
    select * from {{ ref('int_orders__accepted') }}
),

customers as (
    select * from {{ ref('stg_ecommerce__customers') }}
),

persons as (
    select * from {{ ref('int_customers__persons') }}
),

-- The account decides if there is one, because the e-mail typed at checkout may be someone else's.
-- Without an account the e-mail decides, else the deleted account that the order names.
identified as (
    select
        orders.order_id,
        orders.loaded_at,
        customers.customer_id as account_id,
        orders.customer_id is null or customers.customer_id is null as is_guest,
        case
            when customers.customer_id is not null then customers.person_id
            when orders.customer_id is not null
                then {{ person_id('orders.normalized_email', 'customer', 'orders.customer_id') }}
            else {{ person_id('orders.normalized_email', 'order', 'orders.order_id') }}
        end as person_id
    from orders
    left join customers
        on coalesce(orders.customer_id, orders.erased_customer_id) = customers.customer_id
),

resolved as (
    select
        identified.order_id,
        identified.person_id,
        identified.is_guest,
        coalesce(identified.account_id, persons.customer_id) as customer_id,
        greatest(
            identified.loaded_at, coalesce(persons.loaded_at, identified.loaded_at)
        ) as loaded_at
    from identified
    left join persons on identified.person_id = persons.person_id
),

final as (
    select
        order_id,
        person_id,
        customer_id,
        is_guest,
        loaded_at
    from resolved
)

select * from final
