{#- Grain: order line, plus a line for a tip that is not among the lines. Lines of deleted orders
    are left out. -#}
{{ config(enabled=var('ecommerce_source') == 'shopify_fivetran') }}

with

order_lines as (
    select * from {{ contract_source('order_line', 'shopify_fivetran') }}
),

orders as (
    select * from {{ contract_source('order', 'shopify_fivetran') }}
    where not _fivetran_deleted
),

allocations as (
    select * from {{ contract_source('discount_allocation', 'shopify_fivetran') }}
),

tax_lines as (
    select * from {{ contract_source('tax_line', 'shopify_fivetran') }}
),

variants as (
    select * from {{ contract_source('product_variant', 'shopify_fivetran') }}
),

items as (
    select * from {{ contract_source('inventory_item', 'shopify_fivetran') }}
),

discounts as (
    select
        order_line_id,
        sum(case when not _fivetran_deleted then amount end) as amount,
        max(_fivetran_synced) as synced_at
    from allocations
    group by order_line_id
),

taxes as (
    select
        order_line_id,
        sum(case when not _fivetran_deleted then price end) as amount,
        max(_fivetran_synced) as synced_at
    from tax_lines
    group by order_line_id
),

-- An order without any tax line has its tax in the header only.
tax_states as (
    select
        order_lines.order_id,
        max(taxes.amount) is not null as has_tax_lines
    from order_lines
    inner join taxes on order_lines.id = taxes.order_line_id
    group by order_lines.order_id
),

-- The unit cost is today's, the only one that Shopify has. A variant keeps its inventory item, so
-- a variant's own changes are none of its lines.
lines as (
    select
        order_lines.id as order_item_id,
        order_lines.order_id,
        order_lines.variant_id as product_id,
        order_lines.index as line_index,
        case
            when order_lines.gift_card then 'gift_card'
            when
                order_lines.variant_id is null
                and lower(trim(coalesce(order_lines.title, order_lines.name))) = 'tip'
                then 'tip'
            when
                order_lines.variant_id is null
                and nullif(order_lines.sku, '') is null
                and not order_lines.requires_shipping
                and lower(trim(coalesce(order_lines.title, order_lines.name))) like '%fee'
                then 'fee'
            else 'product'
        end as line_type,
        order_lines.quantity,
        coalesce(
            order_lines.price,
            cast(
                order_lines.original_total / nullif(order_lines.quantity, 0) as numeric(18, 4)
            ),
            0
        ) as unit_price,
        cast(
            coalesce(discounts.amount, order_lines.total_discount, 0) as {{ type_money() }}
        ) as discount,
        cast(
            case
                when tax_states.has_tax_lines or coalesce(orders.total_tax, 0) = 0
                    then coalesce(taxes.amount, 0)
            end as {{ type_money() }}
        ) as tax_amount,
        items.unit_cost_amount as unit_cost,
        coalesce(orders.updated_at, orders.created_at) as updated_at,
        greatest(
            order_lines._fivetran_synced,
            orders._fivetran_synced,
            coalesce(discounts.synced_at, orders._fivetran_synced),
            coalesce(taxes.synced_at, orders._fivetran_synced),
            coalesce(items._fivetran_synced, orders._fivetran_synced)
        ) as loaded_at
    from order_lines
    inner join orders on order_lines.order_id = orders.id
    left join discounts on order_lines.id = discounts.order_line_id
    left join taxes on order_lines.id = taxes.order_line_id
    left join tax_states on order_lines.order_id = tax_states.order_id
    left join variants on order_lines.variant_id = variants.id
    left join items on variants.inventory_item_id = items.id
    where not order_lines._fivetran_deleted
),

tip_lines as (
    select distinct order_id
    from lines
    where line_type = 'tip'
),

all_lines as (
    select
        order_item_id,
        order_id,
        product_id,
        line_index,
        line_type,
        quantity,
        unit_price,
        discount,
        tax_amount,
        unit_cost,
        updated_at,
        loaded_at
    from lines

    union all

    select
        {{ made_key('tip', made_key('order', 'orders.id')) }} as order_item_id,
        orders.id as order_id,
        cast(null as {{ type_key() }}) as product_id,
        cast(null as integer) as line_index,
        'tip' as line_type,
        cast(1 as {{ type_quantity() }}) as quantity,
        orders.total_tip_received as unit_price,
        cast(0 as {{ type_money() }}) as discount,
        cast(0 as {{ type_money() }}) as tax_amount,
        cast(null as numeric(18, 4)) as unit_cost,
        coalesce(orders.updated_at, orders.created_at) as updated_at,
        orders._fivetran_synced as loaded_at
    from orders
    left join tip_lines on orders.id = tip_lines.order_id
    where orders.total_tip_received > 0 and tip_lines.order_id is null
),

final as (
    select
        order_item_id,
        order_id,
        cast(
            row_number() over (
                partition by order_id
                order by
                    line_index asc nulls last,
                    case when line_type = 'tip' then 1 else 0 end asc,
                    {{ key_order('order_item_id') }} asc
            ) as integer
        ) as line_number,
        product_id,
        quantity,
        unit_price,
        discount,
        cast(quantity * unit_price - discount as {{ type_money() }}) as line_total,
        unit_cost,
        line_type = 'gift_card' as is_gift_card,
        line_type,
        tax_amount,
        updated_at,
        loaded_at
    from all_lines
)

select * from final
