{#- Grain: product x day. A count on an impossible day is excluded. -#}
with

levels as (
    select * from {{ ref('stg_ecommerce__inventory_levels') }}
    where {{ is_credible_time('level_date') }}
),

final as (
    select
        {{ dbt_utils.generate_surrogate_key(['product_id', 'level_date']) }}
            as inventory_level_key,
        {{ dbt_utils.generate_surrogate_key(['product_id']) }} as product_key,
        product_id,
        level_date,
        on_hand
    from levels
)

select * from final
