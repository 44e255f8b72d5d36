{#- Grain: refund x rule of data_quality_rules that it breaks. Each rule is a column with the
    value found, null where the rule holds. -#}
{%- set rules = [
    'refund_waits_for_order',
    'refund_order_never_came',
    'refund_without_order',
    'refund_line_missing',
    'refund_before_order',
    'refund_time_not_credible',
    'refund_below_zero',
] -%}
{%- set text = dbt.type_string() -%}
with

refunds as (
    select * from {{ ref('stg_ecommerce__refunds') }}
),

without_order as (
    select * from {{ ref('int_refunds__without_order') }}
),

orders as (
    select * from {{ ref('stg_ecommerce__orders') }}
),

order_items as (
    select * from {{ ref('stg_ecommerce__order_items') }}
),

joined as (
    select
        refunds.*,
        orders.order_id is null as is_order_missing,
        without_order.refund_id is not null as is_without_order,
        orders.ordered_at,
        refunds.order_item_id is not null
        and orders.order_id is not null
        and order_items.order_item_id is null as is_line_missing,
        coalesce({{ is_credible_time('refunds.refunded_at', 'refunds.loaded_at') }}, false)
            as is_credible
    from refunds
    left join orders on refunds.order_id = orders.order_id
    left join without_order on refunds.refund_id = without_order.refund_id
    left join order_items
        on
            refunds.order_item_id = order_items.order_item_id
            and refunds.order_id = order_items.order_id
),

examined as (
    select
        refund_id,
        cast(goods_amount + tax_amount + shipping_amount as {{ type_money() }}) as amount,
        loaded_at,
        case
            when order_id is not null and is_order_missing and not is_without_order
                then concat('order ', cast(order_id as {{ text }}))
        end as refund_waits_for_order,
        case
            when order_id is not null and is_without_order
                then concat('order ', cast(order_id as {{ text }}))
        end as refund_order_never_came,
        case when order_id is null then 'no order' end as refund_without_order,
        case when is_line_missing then concat('line ', cast(order_item_id as {{ text }})) end
            as refund_line_missing,
        case
            when is_credible and refunded_at < ordered_at
                then concat('refunded on ', cast(cast(refunded_at as date) as {{ text }}))
        end as refund_before_order,
        case
            when not is_credible
                then concat('refunded on ', cast(cast(refunded_at as date) as {{ text }}))
        end as refund_time_not_credible,
        case
            when least(goods_amount, tax_amount, shipping_amount, quantity) < 0
                then 'an amount below 0'
        end as refund_below_zero
    from joined
),

found as (
    {{ found_issues('examined', rules) }}
),

final as (
    select
        cast(refund_id as {{ text }}) as source_key,
        rule,
        found,
        amount,
        loaded_at
    from found
    where found is not null
)

select * from final
