with

source as (
    select * from {{ contract_source('refunds') }}
),

final as (
    select
        refund_id,
        order_id,
        order_item_id,
        quantity,
        goods_amount,
        tax_amount,
        shipping_amount,
        refunded_at,
        loaded_at
    from source
)

select * from final
