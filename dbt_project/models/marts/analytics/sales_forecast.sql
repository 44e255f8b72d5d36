{#- Grain: kind of period x period. A seasonal-naive forecast (the value a year before, on the
    same weekday): the baseline whose back-tested error any paid forecast has to beat. -#}
with

days as (
    select * from {{ ref('orders_daily') }}
    where is_complete
),

weeks as (
    select * from {{ ref('orders_weekly') }}
    where is_complete
),

months as (
    select * from {{ ref('orders_monthly') }}
    where is_complete
),

known as (
    select
        'day' as period,
        date_day as period_start_date,
        {{ add_days('date_day', 364) }} as next_start_date,
        {{ add_days('max(date_day) over ()', 28) }} as last_start_date,
        net_amount
    from days

    union all

    select
        'week' as period,
        week_start_date as period_start_date,
        {{ add_days('week_start_date', 364) }} as next_start_date,
        {{ add_days('max(week_start_date) over ()', 91) }} as last_start_date,
        net_amount
    from weeks

    union all

    select
        'month' as period,
        month_start_date as period_start_date,
        {{ add_months('month_start_date', 12) }} as next_start_date,
        {{ add_months('max(month_start_date) over ()', 12) }} as last_start_date,
        net_amount
    from months
),

paired as (
    select
        base.period,
        base.next_start_date as period_start_date,
        base.period_start_date as base_start_date,
        actual.period is null as is_future,
        base.net_amount as forecast_net_amount,
        actual.net_amount as actual_net_amount,
        cast(base.net_amount - actual.net_amount as {{ type_money() }}) as error_amount
    from known as base
    left join known as actual
        on
            base.period = actual.period
            and base.next_start_date = actual.period_start_date
    where base.next_start_date <= base.last_start_date
),

final as (
    select
        period,
        period_start_date,
        base_start_date,
        is_future,
        forecast_net_amount,
        actual_net_amount,
        error_amount,
        count(error_amount) over (partition by period) as backtest_period_count,
        {{ ratio(
            'sum(abs(error_amount)) over (partition by period)',
            'sum(actual_net_amount) over (partition by period)'
        ) }} as backtest_error_rate,
        {{ ratio(
            'sum(error_amount) over (partition by period)',
            'sum(actual_net_amount) over (partition by period)'
        ) }} as backtest_bias_rate
    from paired
)

select * from final
