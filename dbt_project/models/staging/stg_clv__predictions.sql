with

source as (
    select * from {{ contract_source('predictions', 'clv') }}
),

final as (
    select
        person_id,
        as_of_date,
        probability_alive,
        expected_order_count_365d,
        expected_net_amount_365d,
        loaded_at
    from source
)

select * from final
