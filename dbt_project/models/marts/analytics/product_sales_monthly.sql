{#- Grain: product x month of the order. An order is in one month, so that even order counts add
    up over months. -#}
with

order_items as (
    select * from {{ ref('fact_order_items') }}
    where is_valid
),

summed as (
    select
        product_key,
        cast({{ dbt.date_trunc('month', 'order_date') }} as date) as month_start_date,
        count(distinct order_id) as order_count,
        sum(quantity) as unit_count,
        sum(returned_quantity) as returned_quantity,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(returns_amount) as returns_amount,
        sum(net_amount) as net_amount,
        sum(case when margin_amount is not null then net_amount else 0 end)
            as covered_net_amount,
        sum(margin_amount) as margin_amount
    from order_items
    group by
        product_key,
        cast({{ dbt.date_trunc('month', 'order_date') }} as date)
),

final as (
    select
        product_key,
        month_start_date,
        order_count,
        cast(unit_count as {{ type_quantity() }}) as unit_count,
        cast(returned_quantity as {{ type_quantity() }}) as returned_quantity,
        cast(gross_amount as {{ type_money() }}) as gross_amount,
        cast(discount_amount as {{ type_money() }}) as discount_amount,
        cast(returns_amount as {{ type_money() }}) as returns_amount,
        cast(net_amount as {{ type_money() }}) as net_amount,
        cast(covered_net_amount as {{ type_money() }}) as covered_net_amount,
        cast(margin_amount as {{ type_money() }}) as margin_amount
    from summed
)

select * from final
