-- percentile: a value of the data, the lower middle one of an even number.
with

numbers as (
    select 1 as n
    union all
    select 2
    union all
    select 3
    union all
    select 10
)

select
    {{ percentile('n', 0.5) }} as median,
    {{ percentile('n', 0.9) }} as p90
from numbers
having
    {{ percentile('n', 0.5) }} <> 2
    or {{ percentile('n', 0.9) }} <> 10
