{#- Grain: cohort x months since acquisition, up to the month of the last order. Future months
    have no row (right-censored); a month without orders from the cohort has a row of zeros. -#}
with

orders as (
    select * from {{ ref('int_orders__sequence') }}
    where {{ counts_in_cohorts() }}
),

order_items as (
    select * from {{ ref('fact_order_items') }}
    where is_valid
),

dates as (
    select * from {{ ref('dim_date') }}
    where is_in_sales_calendar
),

bounds as (
    select * from {{ ref('int_shop__date_bounds') }}
),

cohorts as (
    select
        person_id,
        cast({{ dbt.date_trunc('month', 'order_date') }} as date) as cohort_month
    from orders
    where is_first_order
),

cohort_sizes as (
    select
        cohort_month,
        count(*) as cohort_customer_count
    from cohorts
    group by cohort_month
),

months as (
    select distinct
        dates.month_start_date as activity_month,
        dates.month_start_date >= bounds.first_order_date
        and {{ dbt.last_day('dates.month_start_date', 'month') }} <= bounds.last_order_date
            as is_complete
    from dates
    cross join bounds
    where dates.date_day <= bounds.last_order_date
),

margins as (
    select
        order_id,
        sum(margin_amount) as margin_amount,
        sum(case when margin_amount is not null then net_amount else 0 end) as covered_net_amount
    from order_items
    group by order_id
),

activity as (
    select
        cohorts.cohort_month,
        cast({{ dbt.date_trunc('month', 'orders.order_date') }} as date) as activity_month,
        count(distinct orders.person_id) as active_customer_count,
        count(*) as order_count,
        sum(orders.net_amount) as net_amount,
        sum(margins.margin_amount) as margin_amount,
        sum(margins.covered_net_amount) as covered_net_amount
    from orders
    inner join cohorts on orders.person_id = cohorts.person_id
    left join margins on orders.order_id = margins.order_id
    group by
        cohorts.cohort_month,
        cast({{ dbt.date_trunc('month', 'orders.order_date') }} as date)
),

spine as (
    select
        cohort_sizes.cohort_month,
        months.activity_month,
        cast(
            12 * (
                extract(year from months.activity_month)
                - extract(year from cohort_sizes.cohort_month)
            )
            + extract(month from months.activity_month)
            - extract(month from cohort_sizes.cohort_month) as bigint
        ) as month_number,
        months.is_complete,
        cohort_sizes.cohort_customer_count
    from cohort_sizes
    inner join months on cohort_sizes.cohort_month <= months.activity_month
),

joined as (
    select
        spine.*,
        coalesce(activity.active_customer_count, 0) as active_customer_count,
        coalesce(activity.order_count, 0) as order_count,
        cast(coalesce(activity.net_amount, 0) as {{ type_money() }}) as net_amount,
        cast(activity.margin_amount as {{ type_money() }}) as margin_amount,
        cast(coalesce(activity.covered_net_amount, 0) as {{ type_money() }}) as covered_net_amount
    from spine
    left join activity
        on
            spine.cohort_month = activity.cohort_month
            and spine.activity_month = activity.activity_month
),

summed as (
    select
        *,
        cast(
            sum(net_amount) over (
                partition by cohort_month
                order by month_number
                rows between unbounded preceding and current row
            ) as {{ type_money() }}
        ) as cumulative_net_amount,
        cast(
            sum(margin_amount) over (
                partition by cohort_month
                order by month_number
                rows between unbounded preceding and current row
            ) as {{ type_money() }}
        ) as cumulative_margin_amount,
        sum(covered_net_amount) over (
            partition by cohort_month
            order by month_number
            rows between unbounded preceding and current row
        ) as cumulative_covered_net_amount
    from joined
),

final as (
    select
        cohort_month,
        activity_month,
        month_number,
        is_complete,
        cohort_customer_count,
        active_customer_count,
        order_count,
        net_amount,
        margin_amount,
        cumulative_net_amount,
        cumulative_margin_amount,
        {{ ratio('active_customer_count', 'cohort_customer_count') }} as retention_rate,
        {{ ratio('net_amount', 'cohort_customer_count') }} as net_amount_per_customer,
        {{ ratio('cumulative_net_amount', 'cohort_customer_count') }}
            as cumulative_net_amount_per_customer,
        {{ ratio('cumulative_margin_amount', 'cohort_customer_count') }}
            as cumulative_margin_amount_per_customer,
        {{ ratio('cumulative_covered_net_amount', 'cumulative_net_amount') }}
            as cumulative_margin_coverage_rate
    from summed
)

select * from final
