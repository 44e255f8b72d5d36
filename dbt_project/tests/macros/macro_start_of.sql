-- start_of: the first day of week, month, quarter and year.
with

cases as (
    select
        1 as case_id,
        {{ start_of('week', "cast('2025-12-28' as date)") }} as actual,
        cast('2025-12-22' as date) as expected

    union all

    select
        2,
        {{ start_of('month', "cast('2025-12-28' as date)") }},
        cast('2025-12-01' as date)

    union all

    select
        3,
        {{ start_of('quarter', "cast('2025-12-28' as date)") }},
        cast('2025-10-01' as date)

    union all

    select
        4,
        {{ start_of('year', "cast('2025-12-28' as date)") }},
        cast('2025-01-01' as date)
)

select
    case_id,
    actual,
    expected
from cases
where actual is distinct from expected
