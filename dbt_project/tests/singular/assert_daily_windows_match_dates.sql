with

days as (
    select * from {{ ref('orders_daily') }}
),

month_windows as (
    select
        days.date_day,
        count(*) as day_count,
        sum(window_days.net_amount) as net_amount
    from days
    inner join days as window_days
        on
            cast({{ dbt.dateadd('day', -28, 'days.date_day') }} as date) < window_days.date_day
            and days.date_day >= window_days.date_day
    group by days.date_day
)

select
    days.date_day,
    days.net_amount_28d_average,
    days.net_amount_yoy_growth,
    month_windows.net_amount as net_amount_28d,
    year_before.net_amount as net_amount_year_before
from days
inner join month_windows on days.date_day = month_windows.date_day
left join days as year_before
    on cast({{ dbt.dateadd('day', -364, 'days.date_day') }} as date) = year_before.date_day
where
    days.net_amount_28d_average is distinct from
    {{ ratio('case when month_windows.day_count = 28 then month_windows.net_amount end', 28) }}
    or days.net_amount_yoy_growth is distinct from
    {{ growth('days.net_amount', 'year_before.net_amount') }}
