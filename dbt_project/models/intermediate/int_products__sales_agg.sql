with

order_items as (
    select * from {{ ref('fact_order_items') }}
    where is_valid
),

bounds as (
    select * from {{ ref('int_shop__date_bounds') }}
),

-- One row per person and product, so that both customer counts read the lines once.
by_person as (
    select
        order_items.product_key,
        order_items.person_id,
        count(distinct order_items.order_id) as order_count,
        sum(order_items.quantity) as unit_count,
        sum(order_items.returned_quantity) as returned_quantity,
        sum(order_items.gross_amount) as gross_amount,
        sum(order_items.discount_amount) as discount_amount,
        sum(order_items.returns_amount) as returns_amount,
        sum(order_items.net_amount) as net_amount,
        sum(order_items.gift_card_amount) as gift_card_amount,
        sum(
            case
                when order_items.margin_amount is not null then order_items.net_amount
                else 0
            end
        ) as covered_net_amount,
        sum(order_items.margin_amount) as margin_amount,
        {% for name, days_from, days_to in [
            ('recent', 28, 0), ('previous', 56, 28), ('yearly', 365, 0)
        ] %}
            sum(
                case
                    when
                        order_items.order_date
                        > cast({{ dbt.dateadd('day', -days_from, 'bounds.as_of_date') }} as date)
                        and order_items.order_date
                        <= cast({{ dbt.dateadd('day', -days_to, 'bounds.as_of_date') }} as date)
                        then order_items.quantity
                    else 0
                end
            ) as {{ name }}_unit_count,
        {% endfor %}
        min(order_items.order_date) as first_sale_date,
        max(order_items.order_date) as last_sale_date
    from order_items
    cross join bounds
    group by
        order_items.product_key,
        order_items.person_id
),

final as (
    select
        product_key,
        cast(sum(order_count) as bigint) as order_count,
        count(*) as customer_count,
        cast(sum(case when order_count >= 2 then 1 else 0 end) as bigint)
            as repeat_customer_count,
        cast(sum(unit_count) as {{ type_quantity() }}) as unit_count,
        cast(sum(returned_quantity) as {{ type_quantity() }}) as returned_quantity,
        cast(sum(gross_amount) as {{ type_money() }}) as gross_amount,
        cast(sum(discount_amount) as {{ type_money() }}) as discount_amount,
        cast(sum(returns_amount) as {{ type_money() }}) as returns_amount,
        cast(sum(net_amount) as {{ type_money() }}) as net_amount,
        cast(sum(gift_card_amount) as {{ type_money() }}) as gift_card_amount,
        cast(sum(covered_net_amount) as {{ type_money() }}) as covered_net_amount,
        cast(sum(margin_amount) as {{ type_money() }}) as margin_amount,
        cast(sum(recent_unit_count) as {{ type_quantity() }}) as recent_unit_count,
        cast(sum(previous_unit_count) as {{ type_quantity() }}) as previous_unit_count,
        cast(sum(yearly_unit_count) as {{ type_quantity() }}) as yearly_unit_count,
        min(first_sale_date) as first_sale_date,
        max(last_sale_date) as last_sale_date
    from by_person
    group by product_key
)

select * from final
