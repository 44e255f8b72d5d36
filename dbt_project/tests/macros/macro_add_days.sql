-- add_days and add_months: over ends of months and years, both ways.
with

cases as (
    select
        1 as case_id,
        {{ add_days("cast('2024-02-28' as date)", 2) }} as actual,
        cast('2024-03-01' as date) as expected

    union all

    select
        2,
        {{ add_days("cast('2025-01-01' as date)", -1) }},
        cast('2024-12-31' as date)

    union all

    select
        3,
        {{ add_months("cast('2025-01-31' as date)", 1) }},
        cast('2025-02-28' as date)

    union all

    select
        4,
        {{ add_months("cast('2025-01-01' as date)", -12) }},
        cast('2024-01-01' as date)
)

select
    case_id,
    actual,
    expected
from cases
where actual is distinct from expected
