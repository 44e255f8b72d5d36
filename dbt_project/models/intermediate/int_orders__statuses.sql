{#- Grain: order. Only passes columns through: the snapshot versions every column that it reads, and
    a change of an address is not a change of status. -#}
with

orders as (
    select * from {{ ref('stg_ecommerce__orders') }}
),

final as (
    select
        order_id,
        order_status,
        updated_at,
        loaded_at
    from orders
)

select * from final
