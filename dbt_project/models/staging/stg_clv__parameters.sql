with

source as (
    select * from {{ contract_source('parameters', 'clv') }}
),

final as (
    select
        as_of_date,
        person_count,
        orders_r,
        orders_alpha,
        orders_a,
        orders_b,
        value_p,
        value_q,
        value_v,
        loaded_at
    from source
)

select * from final
