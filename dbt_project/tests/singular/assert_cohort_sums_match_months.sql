with

cohorts as (
    select * from {{ ref('customer_cohorts') }}
),

so_far as (
    select
        cohorts.cohort_month,
        cohorts.month_number,
        sum(earlier.net_amount) as net_amount,
        sum(earlier.margin_amount) as margin_amount
    from cohorts
    inner join cohorts as earlier
        on
            cohorts.cohort_month = earlier.cohort_month
            and cohorts.month_number >= earlier.month_number
    group by
        cohorts.cohort_month,
        cohorts.month_number
)

select
    cohorts.cohort_month,
    cohorts.month_number,
    cohorts.cumulative_net_amount,
    cohorts.cumulative_margin_amount,
    so_far.net_amount,
    so_far.margin_amount
from cohorts
inner join so_far
    on
        cohorts.cohort_month = so_far.cohort_month
        and cohorts.month_number = so_far.month_number
where
    cohorts.cumulative_net_amount <> so_far.net_amount
    or cohorts.cumulative_margin_amount is distinct from so_far.margin_amount
    or cohorts.activity_month
    <> cast({{ dbt.dateadd('month', 'cohorts.month_number', 'cohorts.cohort_month') }} as date)
