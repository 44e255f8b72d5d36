{{ config(enabled=var('ecommerce_source') == 'shopify_fivetran') }}

with

customers as (
    select * from {{ contract_source('customer', 'shopify_fivetran') }}
),

addresses as (
    select * from {{ contract_source('customer_address', 'shopify_fivetran') }}
),

tags as (
    select * from {{ contract_source('customer_tag', 'shopify_fivetran') }}
),

ranked_addresses as (
    select
        addresses.customer_id,
        addresses.country_code,
        addresses.province_code,
        addresses.city,
        row_number() over (
            partition by addresses.customer_id
            order by
                case when addresses.id = customers.default_address_id then 0 else 1 end asc,
                {{ key_order('addresses.id') }} asc
        ) as address_number
    from addresses
    inner join customers on addresses.customer_id = customers.id
    where
        not addresses._fivetran_deleted
        and (addresses.id = customers.default_address_id or addresses.is_default)
),

address_loads as (
    select
        customer_id,
        max(_fivetran_synced) as synced_at
    from addresses
    group by customer_id
),

-- A tag that is one of the labels the warehouse knows; others are the shop's own.
tags_by_customer as (
    select
        customer_id,
        min(
            case
                when
                    not _fivetran_deleted
                    and lower(value) in ('new', 'active', 'at-risk', 'dormant', 'vip')
                    then lower(value)
            end
        ) as segment,
        max(_fivetran_synced) as synced_at
    from tags
    group by customer_id
),

final as (
    select
        customers.id as customer_id,
        customers.email,
        nullif(
            trim(concat(
                coalesce(customers.first_name, ''), ' ', coalesce(customers.last_name, '')
            )),
            ''
        ) as customer_name,
        tags_by_customer.segment,
        default_addresses.province_code as state,
        default_addresses.country_code as country,
        default_addresses.city,
        cast(null as {{ dbt.type_string() }}) as acquisition_channel,
        coalesce(
            lower(customers.email_marketing_consent_state) = 'subscribed',
            customers.accepts_marketing,
            false
        ) as accepts_marketing,
        false as is_test,
        customers.created_at as signed_up_at,
        coalesce(customers.updated_at, customers.created_at) as updated_at,
        greatest(
            customers._fivetran_synced,
            coalesce(address_loads.synced_at, customers._fivetran_synced),
            coalesce(tags_by_customer.synced_at, customers._fivetran_synced)
        ) as loaded_at
    from customers
    left join ranked_addresses as default_addresses
        on customers.id = default_addresses.customer_id and default_addresses.address_number = 1
    left join address_loads on customers.id = address_loads.customer_id
    left join tags_by_customer on customers.id = tags_by_customer.customer_id
    where not customers._fivetran_deleted
)

select * from final
