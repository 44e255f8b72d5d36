with

source as (
    select * from {{ contract_source('orders') }}
),

final as (
    select
        order_id,
        customer_id,
        campaign_id,
        {{ normalize_email('email') }} as normalized_email,
        order_status,
        currency,
        is_test,
        delivery_country,
        delivery_region,
        payment_method,
        prices_include_tax,
        subtotal,
        discount_total,
        shipping_total,
        tax_total,
        order_total,
        promised_date,
        ordered_at,
        shipped_at,
        delivered_at,
        cancelled_at,
        updated_at,
        loaded_at
    from source
)

select * from final
