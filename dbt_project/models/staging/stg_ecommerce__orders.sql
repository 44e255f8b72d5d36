with

source as (
    select * from {{ contract_source('orders') }}
),

erased as (
    select * from {{ erased_accounts() }}
),

erased_addresses as (
    select
        normalized_email,
        min(person_customer_id) as customer_id,
        max(loaded_at) as loaded_at
    from erased
    where normalized_email is not null
    group by normalized_email
),

final as (
    select
        source.order_id,
        source.customer_id,
        source.campaign_id,
        source.order_status,
        source.currency,
        source.is_test,
        source.delivery_country,
        source.delivery_region,
        source.payment_method,
        source.prices_include_tax,
        source.subtotal,
        source.discount_total,
        source.shipping_total,
        source.tax_total,
        source.order_total,
        source.promised_date,
        source.ordered_at,
        source.shipped_at,
        source.delivered_at,
        source.cancelled_at,
        source.updated_at,
        case
            when source.customer_id is null then erased_addresses.customer_id
        end as erased_customer_id,
        case
            when erased.customer_id is null and erased_addresses.customer_id is null
                then {{ normalize_email('source.email') }}
        end as normalized_email,
        greatest(
            source.loaded_at,
            coalesce(erased.loaded_at, source.loaded_at),
            coalesce(erased_addresses.loaded_at, source.loaded_at)
        ) as loaded_at
    from source
    left join erased on source.customer_id = erased.customer_id
    left join erased_addresses
        on {{ normalize_email('source.email') }} = erased_addresses.normalized_email
)

select * from final
