-- Who are the twenty most valuable customers, and are they still here?
with

customers as (
    select * from {{ ref('customer_analytics') }}
),

ranked as (
    select
        customer_id,
        customer_type,
        country,
        rfm_segment,
        lifecycle_status,
        order_count,
        average_order_value,
        lifetime_value,
        last_order_date,
        rank() over (order by lifetime_value desc nulls last) as lifetime_value_rank
    from customers
    where order_count > 0 and not is_test
),

final as (
    select
        lifetime_value_rank,
        customer_id,
        customer_type,
        country,
        rfm_segment,
        lifecycle_status,
        order_count,
        average_order_value,
        lifetime_value,
        last_order_date
    from ranked
    where lifetime_value_rank <= 20
)

select * from final
order by
    lifetime_value_rank,
    customer_id
