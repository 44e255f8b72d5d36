with

refund_lines as (
    select * from {{ ref('int_refunds__items') }}
),

final as (
    select
        order_item_id,
        cast(sum(returned_quantity) as bigint) as returned_quantity,
        cast(sum(returns_amount) as {{ type_money() }}) as returns_amount,
        cast(sum(gift_card_refund_amount) as {{ type_money() }}) as gift_card_refund_amount,
        max(loaded_at) as loaded_at
    from refund_lines
    where order_item_id is not null
    group by order_item_id
)

select * from final
