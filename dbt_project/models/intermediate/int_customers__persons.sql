with

customers as (
    select * from {{ ref('stg_ecommerce__customers') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by person_id
            order by
                {{ credible_time('signed_up_at') }} asc nulls last,
                {{ key_order('customer_id') }} asc
        ) as account_number
    from customers
),

final as (
    select
        person_id,
        max(case when account_number = 1 then customer_id end) as customer_id,
        count(*) as account_count,
        max(loaded_at) as loaded_at
    from ranked
    group by person_id
)

select * from final
