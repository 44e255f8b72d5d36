-- iso_week and iso_year: the week belongs to the year of its Thursday.
with

cases as (
    select
        1 as case_id,
        {{ iso_week("cast('2024-12-30' as date)") }} as actual,
        1 as expected

    union all

    select
        2,
        {{ iso_year("cast('2024-12-30' as date)") }},
        2025

    union all

    select
        3,
        {{ iso_week("cast('2021-01-03' as date)") }},
        53

    union all

    select
        4,
        {{ iso_year("cast('2021-01-03' as date)") }},
        2020

    union all

    select
        5,
        {{ iso_week("cast('2025-06-16' as date)") }},
        25
)

select
    case_id,
    actual,
    expected
from cases
where actual is distinct from expected
