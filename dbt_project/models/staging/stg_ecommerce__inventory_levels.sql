with

source as (
    select * from {{ source_or_empty('inventory_levels') }}
),

final as (
    select
        product_id,
        level_date,
        on_hand,
        loaded_at
    from source
)

select * from final
