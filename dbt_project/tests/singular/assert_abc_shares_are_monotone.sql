with

products as (
    select
        product_id,
        net_amount,
        cumulative_revenue_share,
        case abc_class when 'A' then 1 when 'B' then 2 when 'C' then 3 else 4 end as class_number
    from {{ ref('product_performance') }}
),

compared as (
    select
        product_id,
        net_amount,
        class_number,
        cumulative_revenue_share,
        lag(class_number) over (
            order by net_amount desc nulls last, {{ key_order('product_id') }} asc nulls last
        ) as class_number_before,
        lag(cumulative_revenue_share) over (
            order by net_amount desc nulls last, {{ key_order('product_id') }} asc nulls last
        ) as cumulative_revenue_share_before
    from products
)

select
    product_id,
    class_number,
    class_number_before,
    cumulative_revenue_share,
    cumulative_revenue_share_before
from compared
where
    class_number < class_number_before
    or (net_amount >= 0 and cumulative_revenue_share < cumulative_revenue_share_before)
