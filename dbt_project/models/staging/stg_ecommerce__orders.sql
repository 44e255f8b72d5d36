with

source as (
    select * from {{ source('ecommerce', 'orders') }}
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
        subtotal,
        discount_total,
        shipping_total,
        tax_total,
        order_total,
        ordered_at,
        shipped_at,
        delivered_at,
        cancelled_at,
        updated_at,
        loaded_at
    from source
)

select * from final
