{{ config(enabled=var('ecommerce_source') == 'shopify_fivetran') }}

with

orders as (
    select * from {{ contract_source('order', 'shopify_fivetran') }}
    where not _fivetran_deleted
),

order_items as (
    select * from {{ ref('base_shopify_fivetran__order_items') }}
),

visits as (
    select * from {{ ref('base_shopify_fivetran__visits') }}
    where campaign_id is not null
),

shipping_lines as (
    select * from {{ contract_source('order_shipping_line', 'shopify_fivetran') }}
),

transactions as (
    select * from {{ contract_source('transaction', 'shopify_fivetran') }}
),

fulfillments as (
    select * from {{ contract_source('fulfillment', 'shopify_fivetran') }}
),

fulfillment_events as (
    select * from {{ contract_source('fulfillment_event', 'shopify_fivetran') }}
),

shops as (
    select * from {{ contract_source('shop', 'shopify_fivetran') }}
    where not _fivetran_deleted
),

-- One row, without a load time: a shop's settings are not part of its orders.
settings as (
    select max(currency) as currency
    from shops
),

lines_by_order as (
    select
        order_id,
        sum(line_total + discount) as subtotal,
        sum(discount) as discount,
        max(loaded_at) as loaded_at
    from order_items
    group by order_id
),

shipping_by_order as (
    select
        order_id,
        sum(
            case when not _fivetran_deleted then coalesce(discounted_price, price, 0) else 0 end
        ) as charged,
        sum(
            case
                when not _fivetran_deleted and price > discounted_price
                    then price - discounted_price
                else 0
            end
        ) as discount,
        max(_fivetran_synced) as synced_at
    from shipping_lines
    group by order_id
),

-- A gift card is one of several ways to pay, and says least.
payments_by_order as (
    select
        order_id,
        coalesce(
            min(
                case when gateway <> 'gift_card' and is_paid then {{ byte_order('gateway') }} end
            ),
            min(case when is_paid then {{ byte_order('gateway') }} end)
        ) as gateway,
        max(_fivetran_synced) as synced_at
    from (
        select
            order_id,
            gateway,
            _fivetran_synced,
            not _fivetran_deleted
            and lower(status) = 'success'
            and lower(kind) in ('sale', 'capture', 'authorization') as is_paid
        from transactions
    ) as payments
    group by order_id
),

deliveries as (
    select
        fulfillment_id,
        max(
            case
                when not _fivetran_deleted and lower(status) = 'delivered'
                    then coalesce(happened_at, created_at)
            end
        ) as delivered_at,
        max(_fivetran_synced) as synced_at
    from fulfillment_events
    group by fulfillment_id
),

parcels as (
    select
        fulfillments.order_id,
        fulfillments.created_at,
        deliveries.delivered_at,
        not fulfillments._fivetran_deleted and lower(fulfillments.status) = 'success' as is_sent,
        deliveries.delivered_at is not null
        or coalesce(lower(fulfillments.shipment_status) = 'delivered', false) as is_delivered,
        greatest(
            fulfillments._fivetran_synced,
            coalesce(deliveries.synced_at, fulfillments._fivetran_synced)
        ) as synced_at
    from fulfillments
    left join deliveries on fulfillments.id = deliveries.fulfillment_id
),

parcels_by_order as (
    select
        order_id,
        min(case when is_sent then created_at end) as shipped_at,
        max(case when is_sent then delivered_at end) as delivered_at,
        sum(case when is_sent then 1 else 0 end) as sent_count,
        sum(case when is_sent and is_delivered then 1 else 0 end) as delivered_count,
        max(synced_at) as synced_at
    from parcels
    group by order_id
),

last_visits as (
    select
        order_id,
        campaign_id,
        loaded_at,
        row_number() over (
            partition by order_id
            order by visited_at desc nulls last, {{ key_order('visit_id') }} desc
        ) as visit_number
    from visits
),

amounts as (
    select
        orders.id as order_id,
        coalesce(lines_by_order.subtotal, orders.total_line_items_price, 0) as subtotal,
        greatest(
            coalesce(lines_by_order.discount, 0),
            coalesce(orders.total_discounts, 0) - coalesce(shipping_by_order.discount, 0)
        ) as discount_total,
        coalesce(shipping_by_order.charged, 0) as shipping_total,
        coalesce(orders.total_tax, 0) as tax_total,
        case when orders.taxes_included then 0 else coalesce(orders.total_tax, 0) end as added_tax
    from orders
    left join lines_by_order on orders.id = lines_by_order.order_id
    left join shipping_by_order on orders.id = shipping_by_order.order_id
),

joined as (
    select
        orders.*,
        amounts.subtotal,
        amounts.discount_total,
        amounts.tax_total,
        amounts.shipping_total,
        settings.currency as shop_currency,
        payments_by_order.gateway,
        parcels_by_order.shipped_at,
        parcels_by_order.delivered_at,
        last_visits.campaign_id,
        -- Duties, additional fees and cash rounding are only in the total.
        greatest(
            orders.total_price
            - amounts.subtotal + amounts.discount_total - amounts.shipping_total
            - amounts.added_tax,
            0
        ) as other_charges,
        coalesce(
            parcels_by_order.delivered_count > 0
            and parcels_by_order.delivered_count = parcels_by_order.sent_count,
            false
        ) as is_delivered,
        greatest(
            orders._fivetran_synced,
            coalesce(lines_by_order.loaded_at, orders._fivetran_synced),
            coalesce(shipping_by_order.synced_at, orders._fivetran_synced),
            coalesce(payments_by_order.synced_at, orders._fivetran_synced),
            coalesce(parcels_by_order.synced_at, orders._fivetran_synced),
            coalesce(last_visits.loaded_at, orders._fivetran_synced)
        ) as loaded_at
    from orders
    inner join amounts on orders.id = amounts.order_id
    cross join settings
    left join lines_by_order on orders.id = lines_by_order.order_id
    left join shipping_by_order on orders.id = shipping_by_order.order_id
    left join payments_by_order on orders.id = payments_by_order.order_id
    left join parcels_by_order on orders.id = parcels_by_order.order_id
    left join last_visits on orders.id = last_visits.order_id and last_visits.visit_number = 1
),

final as (
    select
        id as order_id,
        nullif(customer_id, {{ "'0'" if var('key_type') == 'string' else 0 }}) as customer_id,
        email,
        case
            when cancelled_at is not null or lower(financial_status) = 'voided' then 'cancelled'
            when lower(financial_status) = 'refunded' then 'returned'
            when lower(fulfillment_status) = 'fulfilled' and is_delivered then 'delivered'
            when lower(fulfillment_status) = 'fulfilled' then 'shipped'
            when lower(financial_status) in ('pending', 'authorized', 'expired') then 'pending'
            else 'processing'
        end as order_status,
        coalesce(processed_at, created_at) as ordered_at,
        shipped_at,
        delivered_at,
        cancelled_at,
        cast(subtotal as {{ type_money() }}) as subtotal,
        cast(discount_total as {{ type_money() }}) as discount_total,
        cast(shipping_total + other_charges as {{ type_money() }}) as shipping_total,
        cast(tax_total as {{ type_money() }}) as tax_total,
        cast(total_price as {{ type_money() }}) as order_total,
        coalesce(currency, shop_currency, '(unknown)') as currency,
        campaign_id,
        test as is_test,
        shipping_address_country_code as delivery_country,
        shipping_address_province_code as delivery_region,
        gateway as payment_method,
        cast(null as date) as promised_date,
        taxes_included as prices_include_tax,
        coalesce(updated_at, processed_at, created_at) as updated_at,
        loaded_at
    from joined
)

select * from final
