{#- Grain: order line x rule of data_quality_rules that it breaks. Each rule is a column with
    the value found, null where the rule holds. -#}
{%- set rules = [
    'line_without_order',
    'line_product_missing',
    'line_without_product',
    'line_is_a_return',
    'line_of_no_units',
    'line_total_does_not_add_up',
    'line_unit_price_is_rounded',
    'line_type_unknown',
    'line_cost_beyond_price',
] -%}
{%- set text = dbt.type_string() -%}
with

order_items as (
    select * from {{ ref('stg_ecommerce__order_items') }}
),

orders as (
    select * from {{ ref('stg_ecommerce__orders') }}
),

products as (
    select * from {{ ref('stg_ecommerce__products') }}
),

joined as (
    select
        order_items.*,
        orders.order_id is null as is_without_order,
        products.product_id is null and order_items.product_id is not null as is_product_missing,
        abs(
            cast(order_items.quantity as numeric(19, 3)) * order_items.unit_price
            - order_items.discount
            - order_items.line_total
        ) as gap
    from order_items
    left join orders on order_items.order_id = orders.order_id
    left join products on order_items.product_id = products.product_id
),

examined as (
    select
        order_item_id,
        line_total as amount,
        loaded_at,
        case when is_without_order then concat('order ', cast(order_id as {{ text }})) end
            as line_without_order,
        case when is_product_missing then concat('product ', cast(product_id as {{ text }})) end
            as line_product_missing,
        case when product_id is null then 'no product' end as line_without_product,
        case
            when quantity < 0 or line_total < 0
                then concat('quantity ', cast(quantity as {{ text }}))
        end as line_is_a_return,
        case when quantity = 0 then 'quantity 0' end as line_of_no_units,
        case
            when gap > 0.01 * abs(quantity)
                then concat('line total ', cast(line_total as {{ text }}))
        end as line_total_does_not_add_up,
        case
            when gap > 0 and gap <= 0.01 * abs(quantity)
                then concat('unit price ', cast(unit_price as {{ text }}))
        end as line_unit_price_is_rounded,
        case
            when
                {{ mapped_value('line_type', 'line_type', 'line_type', "'(unmapped)'") }}
                = '(unmapped)'
                and line_type is not null
                then concat('line type ', line_type)
        end as line_type_unknown,
        case
            when unit_price > 0 and unit_cost >= 10 * unit_price
                then concat('unit cost ', cast(unit_cost as {{ text }}))
        end as line_cost_beyond_price
    from joined
),

found as (
    {{ found_issues('examined', rules) }}
),

final as (
    select
        cast(order_item_id as {{ text }}) as source_key,
        rule,
        found,
        amount,
        loaded_at
    from found
    where found is not null
)

select * from final
