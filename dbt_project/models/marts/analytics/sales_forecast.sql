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
        max(date_day) over () as last_known_date,
        net_amount
    from days

    union all

    select
        'week' as period,
        week_start_date as period_start_date,
        max(week_start_date) over () as last_known_date,
        net_amount
    from weeks

    union all

    select
        'month' as period,
        month_start_date as period_start_date,
        max(month_start_date) over () as last_known_date,
        net_amount
    from months
),

-- A day is forecast 28 days ahead, a week 13 weeks, a month 12 months.
reaching as (
    select
        *,
        case
            when period = 'month'
                then cast({{ dbt.dateadd('month', 12, 'period_start_date') }} as date)
            else cast({{ dbt.dateadd('day', 364, 'period_start_date') }} as date)
        end as next_start_date,
        case period
            when 'month' then cast({{ dbt.dateadd('month', 12, 'last_known_date') }} as date)
            when 'week' then cast({{ dbt.dateadd('day', 91, 'last_known_date') }} as date)
            else cast({{ dbt.dateadd('day', 28, 'last_known_date') }} as date)
        end as last_start_date
    from known
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
    from reaching as base
    left join known as actual
        on
            base.period = actual.period
            and base.next_start_date = actual.period_start_date
    where base.next_start_date <= base.last_start_date
),

tested as (
    select
        *,
        count(error_amount) over (partition by period) as backtest_period_count,
        sum(error_amount) over (partition by period) as backtest_error_amount,
        sum(abs(error_amount)) over (partition by period) as backtest_absolute_error_amount,
        sum(actual_net_amount) over (partition by period) as backtest_net_amount
    from paired
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
        backtest_period_count,
        {{ ratio('backtest_absolute_error_amount', 'backtest_net_amount') }}
            as backtest_error_rate,
        {{ ratio('backtest_error_amount', 'backtest_net_amount') }} as backtest_bias_rate
    from tested
)

select * from final
