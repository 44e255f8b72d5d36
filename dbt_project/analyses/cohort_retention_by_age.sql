-- How do retention and net sales per customer grow with a cohort's age? Over cohorts old enough.
with

cohorts as (
    select * from {{ ref('customer_cohorts') }}
    where is_complete
),

final as (
    select
        month_number,
        count(*) as cohort_count,
        sum(cohort_customer_count) as customer_count,
        {{ ratio('sum(active_customer_count)', 'sum(cohort_customer_count)') }} as retention_rate,
        {{ ratio('sum(cumulative_net_amount)', 'sum(cohort_customer_count)') }}
            as cumulative_net_amount_per_customer,
        {{ ratio('sum(cumulative_margin_amount)', 'sum(cohort_customer_count)') }}
            as cumulative_margin_amount_per_customer
    from cohorts
    group by month_number
)

select * from final
order by month_number asc nulls last
