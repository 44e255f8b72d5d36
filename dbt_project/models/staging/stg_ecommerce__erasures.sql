with

source as (
    select * from {{ contract_source('erasures') }}
),

final as (
    select
        customer_id,
        erased_at,
        loaded_at
    from source
)

select * from final
