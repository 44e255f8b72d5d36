-- calculate_days_between: calendar days, over a leap day, negative backwards.
with

cases as (
    select
        1 as case_id,
        {{ calculate_days_between("cast('2024-02-28' as date)", "cast('2024-03-01' as date)") }} as actual,
        2 as expected

    union all

    select
        2,
        {{ calculate_days_between("cast('2025-01-02' as date)", "cast('2025-01-01' as date)") }},
        -1

    union all

    select
        3,
        {{ calculate_days_between("cast(null as date)", "cast('2025-01-01' as date)") }},
        cast(null as integer)
)

select
    case_id,
    actual,
    expected
from cases
where actual is distinct from expected
