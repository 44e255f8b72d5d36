with

days as (
    {{ generate_date_spine("cast('2024-02-27' as date)", "cast('2024-03-02' as date)") }}
)

select
    count(*) as day_count,
    count(distinct date_day) as distinct_day_count,
    min(date_day) as first_day,
    max(date_day) as last_day
from days
having
    count(*) <> 5
    or count(distinct date_day) <> 5
    or min(date_day) <> cast('2024-02-27' as date)
    or max(date_day) <> cast('2024-03-02' as date)
