with

order_items as (
    select * from {{ ref('fact_order_items') }}
    where is_valid
),

bounds as (
    select * from {{ ref('int_shop__date_bounds') }}
),

final as (
    select
        order_items.product_id,
        count(distinct order_items.order_id) as order_count,
        count(distinct order_items.person_id) as customer_count,
        cast(sum(order_items.quantity) as bigint) as unit_count,
        cast(sum(order_items.returned_quantity) as bigint) as returned_quantity,
        cast(sum(order_items.gross_amount) as {{ type_money() }}) as gross_amount,
        cast(sum(order_items.discount_amount) as {{ type_money() }}) as discount_amount,
        cast(sum(order_items.returns_amount) as {{ type_money() }}) as returns_amount,
        cast(sum(order_items.net_amount) as {{ type_money() }}) as net_amount,
        cast(sum(order_items.gift_card_amount) as {{ type_money() }}) as gift_card_amount,
        cast(
            sum(
                case
                    when order_items.margin_amount is not null then order_items.net_amount
                    else 0
                end
            )
            as {{ type_money() }}
        ) as covered_net_amount,
        cast(coalesce(sum(order_items.margin_amount), 0) as {{ type_money() }}) as margin_amount,
        cast(
            sum(
                case
                    when
                        order_items.order_date > {{ add_days('bounds.as_of_date', -28) }}
                        and order_items.order_date <= bounds.as_of_date
                        then order_items.quantity
                    else 0
                end
            ) as bigint
        ) as recent_unit_count,
        min(order_items.order_date) as first_sale_date,
        max(order_items.order_date) as last_sale_date
    from order_items
    cross join bounds
    group by order_items.product_id
)

select * from final
