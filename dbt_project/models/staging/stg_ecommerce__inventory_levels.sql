with

source as (
    select * from {{ contract_source('inventory_levels') }}
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
