with

source as (
    select * from {{ source('ecommerce', 'order_items') }}
),

final as (
    select
        order_item_id,
        order_id,
        product_id,
        line_number,
        is_gift_card,
        quantity,
        unit_price,
        discount,
        line_total,
        unit_cost,
        updated_at,
        loaded_at
    from source
)

select * from final
