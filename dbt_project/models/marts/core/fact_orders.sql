{#- Grain: order. Row-local logic only, so that an incremental run equals a rebuild: anything
    that needs a person's other orders is in int_orders__sequence. -#}
{{ config(post_hook="{{ delete_superseded('order_id', ref('int_orders__changes')) }}") }}

with

changes as (
    select * from {{ ref('int_orders__changes') }}
),

orders as (
    select * from {{ ref('int_orders__accepted') }}
    {{ changed_rows() }}
),

persons as (
    select * from {{ ref('int_orders__persons') }}
),

customer_versions as (
    select * from {{ ref('dim_customers_history') }}
),

order_items as (
    select * from {{ ref('int_order_items__amounts') }}
    {{ changed_rows() }}
),

refund_lines as (
    select * from {{ ref('int_refunds__items') }}
    {{ changed_rows() }}
),

items as (
    select
        order_id,
        count(*) as item_count,
        cast(sum(quantity) as {{ type_quantity() }}) as unit_count,
        cast(sum(gross_amount) as {{ type_money() }}) as gross_amount,
        cast(sum(discount_amount) as {{ type_money() }}) as discount_amount,
        cast(sum(gift_card_amount) as {{ type_money() }}) as gift_card_amount,
        cast(sum(tip_amount) as {{ type_money() }}) as tip_amount,
        sum(included_tax_amount) as included_tax_amount,
        sum(case when is_return then 0 else included_tax_amount end) as sold_tax_amount,
        max(loaded_at) as loaded_at
    from order_items
    group by order_id
),

refunds as (
    select
        order_id,
        cast(sum(returned_quantity) as {{ type_quantity() }}) as returned_quantity,
        cast(sum(returns_amount) as {{ type_money() }}) as returns_amount,
        cast(sum(tax_refund_amount) as {{ type_money() }}) as tax_refund_amount,
        cast(sum(shipping_refund_amount) as {{ type_money() }}) as shipping_refund_amount,
        max(loaded_at) as loaded_at
    from refund_lines
    group by order_id
),

-- Where prices include tax, the tax that is not on the lines belongs to shipping.
sold as (
    select
        orders.*,
        items.order_id is not null as has_items,
        coalesce(items.item_count, 0) as item_count,
        coalesce(items.unit_count, 0) as unit_count,
        coalesce(items.gross_amount, 0) as gross_amount,
        coalesce(items.discount_amount, 0) as discount_amount,
        coalesce(items.gift_card_amount, 0) as gift_card_amount,
        coalesce(items.tip_amount, 0) as tip_amount,
        coalesce(items.sold_tax_amount, 0) as goods_tax_amount,
        least(
            case when orders.prices_include_tax then orders.shipping_total else 0 end,
            greatest(orders.tax_total - coalesce(items.included_tax_amount, 0), 0)
        ) as shipping_tax_amount,
        coalesce(items.loaded_at, orders.loaded_at) as items_loaded_at
    from orders
    left join items on orders.order_id = items.order_id
),

charged as (
    select
        *,
        shipping_total - shipping_tax_amount as shipping_charged,
        case
            when prices_include_tax then goods_tax_amount + shipping_tax_amount
            else tax_total
        end as tax_charged
    from sold
),

joined as (
    select
        charged.*,
        customer_versions.customer_history_key,
        persons.person_id,
        persons.customer_id as account_id,
        persons.is_guest,
        cast(coalesce(refunds.returned_quantity, 0) as {{ type_quantity() }}) as returned_quantity,
        cast(coalesce(refunds.returns_amount, 0) as {{ type_money() }}) as returns_amount,
        cast(
            charged.shipping_charged - coalesce(refunds.shipping_refund_amount, 0)
            as {{ type_money() }}
        ) as shipping_amount,
        cast(
            charged.tax_charged - coalesce(refunds.tax_refund_amount, 0) as {{ type_money() }}
        ) as tax_amount,
        greatest(
            charged.loaded_at,
            persons.loaded_at,
            charged.items_loaded_at,
            coalesce(refunds.loaded_at, charged.loaded_at)
        ) as latest_loaded_at
    from charged
    inner join persons on charged.order_id = persons.order_id
    left join customer_versions
        on
            persons.customer_id = customer_versions.customer_id
            and charged.ordered_at >= customer_versions.valid_from
            and charged.ordered_at < customer_versions.valid_to
    left join refunds on charged.order_id = refunds.order_id
),

final as (
    select
        order_id,
        {{ customer_key('account_id', 'person_id') }} as customer_key,
        customer_history_key,
        person_id,
        account_id as customer_id,
        {{ campaign_key('campaign_id', "'(none)'") }} as campaign_key,
        {{ to_local_date('ordered_at') }} as order_date,
        order_status,
        currency,
        delivery_country,
        delivery_region,
        payment_method,
        not is_test and order_status not in ('cancelled', '(unmapped)') as is_valid,
        is_test,
        order_status = 'cancelled' as is_cancelled,
        is_guest,
        has_items,
        item_count,
        cast(unit_count as {{ type_quantity() }}) as unit_count,
        returned_quantity,
        cast(gross_amount as {{ type_money() }}) as gross_amount,
        cast(discount_amount as {{ type_money() }}) as discount_amount,
        returns_amount,
        cast(gross_amount - discount_amount - returns_amount as {{ type_money() }}) as net_amount,
        shipping_amount,
        tax_amount,
        cast(
            gross_amount - discount_amount - returns_amount + shipping_amount + tax_amount
            as {{ type_money() }}
        ) as total_sales_amount,
        cast(gift_card_amount as {{ type_money() }}) as gift_card_amount,
        cast(tip_amount as {{ type_money() }}) as tip_amount,
        cast(shipping_charged as {{ type_money() }}) as shipping_total,
        cast(tax_charged as {{ type_money() }}) as tax_total,
        order_total,
        promised_date,
        ordered_at,
        shipped_at,
        delivered_at,
        cancelled_at,
        latest_loaded_at as loaded_at,
        (select max(changes.changed_at) from changes) as built_through
    from joined
)

select * from final
