{#- Grain: order that the warehouse accepts. An order dated before the shop can have begun, or
    more than a day after its load, is held back with its lines and refunds; other impossible
    times become null. -#}
with

orders as (
    select * from {{ ref('stg_ecommerce__orders') }}
),

status_mapping as (
    {{ value_mapping('order_status') }}
),

final as (
    select
        orders.order_id,
        orders.customer_id,
        orders.erased_customer_id,
        orders.campaign_id,
        orders.normalized_email,
        {{ mapped_value(
            'order_status', 'orders.order_status', 'status_mapping.value', "'(unmapped)'"
        ) }} as order_status,
        orders.currency,
        orders.is_test,
        orders.delivery_country,
        orders.delivery_region,
        orders.payment_method,
        coalesce(
            orders.prices_include_tax, {{ 'true' if var('prices_include_tax') else 'false' }}
        ) as prices_include_tax,
        orders.discount_total,
        orders.shipping_total,
        orders.tax_total,
        orders.order_total,
        -- A promised date is in the future, but not by years.
        {{ credible_time('orders.promised_date', 'orders.loaded_at', 366) }} as promised_date,
        orders.ordered_at,
        {{ credible_time('orders.shipped_at', 'orders.loaded_at') }} as shipped_at,
        {{ credible_time('orders.delivered_at', 'orders.loaded_at') }} as delivered_at,
        {{ credible_time('orders.cancelled_at', 'orders.loaded_at') }} as cancelled_at,
        orders.loaded_at
    from orders
    left join status_mapping
        on {{ mapping_form('orders.order_status') }} = status_mapping.source_value
    where {{ is_credible_time('orders.ordered_at', 'orders.loaded_at') }}
)

select * from final
