with

source as (
    select * from {{ contract_source('order_items') }}
),

final as (
    select
        order_item_id,
        order_id,
        product_id,
        line_number,
        line_type,
        is_gift_card,
        quantity,
        unit_price,
        discount,
        line_total,
        tax_amount,
        unit_cost,
        updated_at,
        loaded_at
    from source
)

select * from final
