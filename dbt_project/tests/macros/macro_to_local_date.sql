-- to_local_date: the day in the shop's zone (New York), winter and summer time.
with

cases as (
    select
        1 as case_id,
        {{ to_local_date("cast('2025-01-15 04:59:59' as timestamp)") }} as actual,
        cast('2025-01-14' as date) as expected

    union all

    select
        2,
        {{ to_local_date("cast('2025-01-15 05:00:00' as timestamp)") }},
        cast('2025-01-15' as date)

    union all

    select
        3,
        {{ to_local_date("cast('2025-07-15 03:59:59' as timestamp)") }},
        cast('2025-07-14' as date)

    union all

    select
        4,
        {{ to_local_date("cast('2025-07-15 04:00:00' as timestamp)") }},
        cast('2025-07-15' as date)

    union all

    select
        5,
        {{ to_local_date("cast(null as timestamp)") }},
        cast(null as date)
)

select
    case_id,
    actual,
    expected
from cases
where actual is distinct from expected
