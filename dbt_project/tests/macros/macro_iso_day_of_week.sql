-- iso_day_of_week: Monday 1 to Sunday 7.
with

cases as (
    select
        1 as case_id,
        {{ iso_day_of_week("cast('2025-12-29' as date)") }} as actual,
        1 as expected

    union all

    select
        2,
        {{ iso_day_of_week("cast('2025-12-28' as date)") }},
        7
)

select
    case_id,
    actual,
    expected
from cases
where actual is distinct from expected
