with

forecasts as (
    select * from {{ ref('sales_forecast') }}
),

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
        cast({{ dbt.dateadd('day', 364, 'date_day') }} as date) as next_start_date,
        net_amount
    from days

    union all

    select
        'week' as period,
        week_start_date as period_start_date,
        cast({{ dbt.dateadd('day', 364, 'week_start_date') }} as date) as next_start_date,
        net_amount
    from weeks

    union all

    select
        'month' as period,
        month_start_date as period_start_date,
        cast({{ dbt.dateadd('month', 12, 'month_start_date') }} as date) as next_start_date,
        net_amount
    from months
),

-- Each complete period with a complete one a year before.
tested as (
    select
        actual.period,
        actual.period_start_date,
        base.net_amount as forecast_net_amount,
        actual.net_amount as actual_net_amount
    from known as base
    inner join known as actual
        on base.period = actual.period and base.next_start_date = actual.period_start_date
),

errors as (
    select
        period,
        count(*) as period_count,
        sum(abs(forecast_net_amount - actual_net_amount)) as error_amount,
        sum(forecast_net_amount - actual_net_amount) as bias_amount,
        sum(actual_net_amount) as actual_net_amount
    from tested
    group by period
)

select
    forecasts.forecast_net_amount,
    forecasts.actual_net_amount,
    tested.actual_net_amount as tested_net_amount,
    base.net_amount as base_net_amount,
    coalesce(forecasts.period, tested.period) as period,
    coalesce(forecasts.period_start_date, tested.period_start_date) as period_start_date
from forecasts
full outer join tested
    on
        forecasts.period = tested.period
        and forecasts.period_start_date = tested.period_start_date
left join known as base
    on
        forecasts.period = base.period
        and forecasts.base_start_date = base.period_start_date
        and forecasts.period_start_date = base.next_start_date
left join errors on forecasts.period = errors.period
where
    forecasts.forecast_net_amount is distinct from base.net_amount
    or forecasts.actual_net_amount is distinct from tested.actual_net_amount
    or forecasts.backtest_period_count <> coalesce(errors.period_count, 0)
    or forecasts.backtest_error_rate is distinct from
    {{ ratio('errors.error_amount', 'errors.actual_net_amount') }}
    or forecasts.backtest_bias_rate is distinct from
    {{ ratio('errors.bias_amount', 'errors.actual_net_amount') }}
