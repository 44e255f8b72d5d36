with

refund_lines as (
    select * from {{ ref('int_refunds__items') }}
),

final as (
    select
        order_id,
        count(distinct refund_id) as refund_count,
        cast(sum(returned_quantity) as bigint) as returned_quantity,
        cast(sum(returns_amount) as {{ type_money() }}) as returns_amount,
        cast(sum(gift_card_refund_amount) as {{ type_money() }}) as gift_card_refund_amount,
        cast(sum(tax_refund_amount) as {{ type_money() }}) as tax_refund_amount,
        cast(sum(shipping_refund_amount) as {{ type_money() }}) as shipping_refund_amount,
        max(loaded_at) as loaded_at
    from refund_lines
    group by order_id
)

select * from final
