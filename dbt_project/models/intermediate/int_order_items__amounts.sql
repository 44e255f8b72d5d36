{#- Grain: order line, plus one line without a product for an order that has money or a refund
    of goods but no lines, or refunds above what its lines sold for. The line total takes
    precedence; a line below 0 is a return on the order's day. -#}
{{ config(
    post_hook="{{ delete_superseded('order_item_id', ref('int_orders__changes')) }}"
) }}

with

changes as (
    select * from {{ ref('int_orders__changes') }}
),

order_items as (
    select * from {{ ref('stg_ecommerce__order_items') }}
    {{ changed_rows('order_id') }}
),

orders as (
    select * from {{ ref('int_orders__accepted') }}
    {{ changed_rows('order_id') }}
),

refunds as (
    select * from {{ ref('int_refunds__accepted') }}
    {{ changed_rows('order_id') }}
),

refunded_orders as (
    select
        order_id,
        sum(greatest(goods_amount, 0)) as refunded_amount
    from refunds
    where goods_amount <> 0
    group by order_id
),

orders_with_lines as (
    select distinct order_id
    from order_items
),

-- What the customer paid for goods according to the header, the only source for it.
orders_without_lines as (
    select
        orders.order_id,
        orders.loaded_at,
        orders.order_total - orders.shipping_total
        - case when orders.prices_include_tax then 0 else orders.tax_total end as paid_amount,
        greatest(orders.discount_total, 0) as discount_total
    from orders
    left join orders_with_lines on orders.order_id = orders_with_lines.order_id
    where orders_with_lines.order_id is null
),

lines_of_their_own as (
    select
        {{ made_key('order', 'orders_without_lines.order_id') }} as order_item_id,
        orders_without_lines.order_id,
        sign(orders_without_lines.paid_amount) as quantity,
        case
            when orders_without_lines.paid_amount > 0
                then orders_without_lines.paid_amount + orders_without_lines.discount_total
            else orders_without_lines.paid_amount
        end as line_total,
        orders_without_lines.loaded_at
    from orders_without_lines
    left join refunded_orders on orders_without_lines.order_id = refunded_orders.order_id
    where orders_without_lines.paid_amount <> 0 or refunded_orders.order_id is not null
),

typed as (
    select
        *,
        case when is_gift_card then 'gift_card' else 'product' end as other_line_type
    from order_items
),

lines as (
    select
        order_item_id,
        order_id,
        product_id,
        line_number,
        {{ mapped_value('line_type', 'line_type', 'line_type', 'other_line_type') }}
            as line_type,
        quantity,
        unit_price,
        unit_cost,
        discount,
        line_total,
        tax_amount,
        loaded_at as line_loaded_at
    from typed

    union all

    select
        order_item_id,
        order_id,
        cast(null as {{ type_key() }}) as product_id,
        1 as line_number,
        'fee' as line_type,
        cast(quantity as {{ type_quantity() }}) as quantity,
        cast(abs(line_total) as numeric(18, 4)) as unit_price,
        cast(null as numeric(18, 4)) as unit_cost,
        cast(0 as {{ type_money() }}) as discount,
        cast(line_total as {{ type_money() }}) as line_total,
        cast(null as {{ type_money() }}) as tax_amount,
        loaded_at as line_loaded_at
    from lines_of_their_own
),

sold as (
    select
        lines.*,
        orders.prices_include_tax,
        orders.ordered_at,
        lines.line_type in ('gift_card', 'tip') as is_outside_sales,
        lines.quantity < 0 or lines.line_total < 0 as is_return,
        {{ to_cents('lines.discount') }} as discount_cents,
        case
            when lines.quantity < 0 or lines.line_total < 0 then 0
            else {{ to_cents('lines.line_total') }}
        end as sold_cents,
        {{ to_cents('orders.discount_total') }} as discount_total_cents,
        {{ to_cents('orders.tax_total') }} as tax_total_cents,
        {{ to_cents('orders.shipping_total') }} as shipping_cents,
        greatest(lines.line_loaded_at, orders.loaded_at) as loaded_at
    from lines
    inner join orders on lines.order_id = orders.order_id
),

totals as (
    select
        *,
        cast(
            greatest(
                discount_total_cents - sum(discount_cents) over (partition by order_id), 0
            ) as bigint
        ) as all_discount_cents,
        cast(
            sum(case when is_outside_sales then 0 else sold_cents end)
                over (partition by order_id)
            as bigint
        ) as all_goods_cents,
        cast(
            sum(case when is_outside_sales then sold_cents else 0 end)
                over (partition by order_id)
            as bigint
        ) as all_other_cents
    from sold
),

-- The order's own discount applies to goods first, then to gift cards and tips, and never exceeds
-- them.
shared as (
    select
        *,
        case
            when not is_outside_sales then least(all_discount_cents, all_goods_cents)
            else least(greatest(all_discount_cents - all_goods_cents, 0), all_other_cents)
        end as order_discount_cents,
        case when is_outside_sales then all_other_cents else all_goods_cents end as shared_cents
    from totals
),

cut as (
    select
        *,
        {{ allocate_cut('order_discount_cents', 'sold_cents', 'shared_cents') }} as cut_cents,
        row_number() over (
            partition by order_id, is_outside_sales
            order by sold_cents desc nulls last, {{ key_order('order_item_id') }} asc
        ) = 1 as is_largest
    from shared
),

cut_totals as (
    select
        *,
        sum(cut_cents) over (partition by order_id, is_outside_sales) as total_cut_cents
    from cut
),

discounted as (
    select
        *,
        {{ allocate_settle(
            'order_discount_cents', 'cut_cents', 'total_cut_cents', 'is_largest'
        ) }} as own_cents
    from cut_totals
),

-- Tax included in prices: taken from the lines if all have it, else split by sales.
taxable as (
    select
        *,
        sold_cents - own_cents as paid_cents,
        {{ to_cents('tax_amount') }} as tax_cents,
        greatest(tax_total_cents, 0) as positive_tax_cents,
        count(*) over (partition by order_id, is_outside_sales)
        = count(tax_amount) over (partition by order_id, is_outside_sales) as is_by_line,
        cast(
            sum(sold_cents - own_cents) over (partition by order_id, is_outside_sales) as bigint
        ) as paid_total_cents
    from discounted
),

goods_taxes as (
    select
        *,
        least(
            positive_tax_cents
            - coalesce({{ multiply_then_divide(
                'positive_tax_cents',
                'shipping_cents',
                'nullif(paid_total_cents + shipping_cents, 0)'
            ) }}, 0),
            paid_total_cents
        ) as goods_tax_cents
    from taxable
),

tax_cuts as (
    select
        *,
        {{ allocate_cut('goods_tax_cents', 'paid_cents', 'paid_total_cents') }} as tax_cut_cents,
        row_number() over (
            partition by order_id, is_outside_sales
            order by paid_cents desc nulls last, {{ key_order('order_item_id') }} asc
        ) = 1 as is_largest_paid
    from goods_taxes
),

tax_totals as (
    select
        *,
        sum(tax_cut_cents) over (partition by order_id, is_outside_sales) as total_tax_cut_cents
    from tax_cuts
),

-- Negative discounts are part of the price, so that no part of the price bridge is below 0.
priced as (
    select
        *,
        case
            when not prices_include_tax or is_outside_sales then 0
            when is_by_line and is_return then tax_cents
            when is_by_line then least(greatest(tax_cents, 0), paid_cents)
            when is_return then 0
            else {{ allocate_settle(
                'goods_tax_cents', 'tax_cut_cents', 'total_tax_cut_cents', 'is_largest_paid'
            ) }}
        end as included_cents,
        sold_cents + case when is_return then 0 else greatest(discount_cents, 0) end
            as price_cents
    from tax_totals
),

-- Refunds above a line's sales belong to no product, so that no product's line falls below 0.
lines_of_excess as (
    select
        {{ made_key('order', 'priced.order_id') }} as order_item_id,
        priced.order_id,
        max(priced.line_number) + 1 as line_number,
        max(priced.ordered_at) as ordered_at,
        max(priced.loaded_at) as loaded_at
    from priced
    inner join refunded_orders on priced.order_id = refunded_orders.order_id
    group by priced.order_id
    having
        {{ to_cents('max(refunded_orders.refunded_amount)') }} > sum(
            greatest(
                priced.sold_cents - priced.own_cents
                - case when priced.is_return then 0 else priced.included_cents end,
                0
            )
        )
        and sum(
            case
                when priced.order_item_id = {{ made_key('order', 'priced.order_id') }} then 1
                else 0
            end
        ) = 0
),

all_lines as (
    select
        order_item_id,
        order_id,
        product_id,
        line_number,
        line_type,
        quantity,
        unit_price,
        unit_cost,
        is_return,
        is_outside_sales,
        {{ to_cents('line_total') }} as line_cents,
        price_cents,
        sold_cents,
        sold_cents - own_cents as paid_cents,
        included_cents,
        ordered_at,
        loaded_at
    from priced

    union all

    select
        order_item_id,
        order_id,
        cast(null as {{ type_key() }}) as product_id,
        line_number,
        'fee' as line_type,
        0 as quantity,
        cast(0 as numeric(18, 4)) as unit_price,
        cast(null as numeric(18, 4)) as unit_cost,
        false as is_return,
        false as is_outside_sales,
        0 as line_cents,
        0 as price_cents,
        0 as sold_cents,
        0 as paid_cents,
        0 as included_cents,
        ordered_at,
        loaded_at
    from lines_of_excess
),

-- Gift cards and tips are outside of sales: they have neither a price nor a discount there.
measured as (
    select
        *,
        case when is_return then 0 else included_cents end as sold_tax_cents,
        case when is_outside_sales then 0 else price_cents end as sales_price_cents,
        case when is_outside_sales then 0 else sold_cents end as sales_sold_cents,
        case when is_outside_sales then 0 else paid_cents end as sales_paid_cents,
        case when line_type = 'gift_card' then paid_cents else 0 end as gift_card_cents,
        case when line_type = 'tip' then paid_cents else 0 end as tip_cents,
        case when is_return then included_cents - line_cents else 0 end as exchanged_cents
    from all_lines
),

final as (
    select
        order_item_id,
        order_id,
        product_id,
        line_number,
        line_type,
        line_type = 'gift_card' as is_gift_card,
        cast(case when is_return then 0 else quantity end as {{ type_quantity() }}) as quantity,
        unit_price,
        unit_cost,
        {{ from_cents('sales_price_cents - sold_tax_cents') }} as gross_amount,
        {{ from_cents('sales_price_cents - sales_sold_cents') }} as line_discount_amount,
        {{ from_cents('sales_sold_cents - sales_paid_cents') }} as order_discount_amount,
        {{ from_cents('sales_price_cents - sales_paid_cents') }} as discount_amount,
        {{ from_cents('sales_paid_cents - sold_tax_cents') }} as sales_amount,
        {{ from_cents('gift_card_cents') }} as gift_card_amount,
        {{ from_cents('tip_cents') }} as tip_amount,
        {{ from_cents('included_cents') }} as included_tax_amount,
        is_return,
        cast(greatest(-quantity, 0) as {{ type_quantity() }}) as exchanged_quantity,
        {{ from_cents('exchanged_cents') }} as exchanged_amount,
        ordered_at,
        loaded_at,
        (select max(changes.changed_at) from changes) as built_through
    from measured
)

select * from final
