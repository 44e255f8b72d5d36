with

order_items as (
    select * from {{ ref('int_order_items__amounts') }}
),

final as (
    select
        order_id,
        count(*) as item_count,
        cast(sum(quantity) as bigint) as unit_count,
        cast(sum(gross_amount) as {{ type_money() }}) as gross_amount,
        cast(sum(discount_amount) as {{ type_money() }}) as discount_amount,
        cast(sum(gift_card_amount) as {{ type_money() }}) as gift_card_amount,
        max(loaded_at) as loaded_at
    from order_items
    group by order_id
)

select * from final
