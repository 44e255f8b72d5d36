-- quantile_score: half-open bins; fixed bins where the cuts coincide.
with

cases as (
    select
        1 as case_id,
        {{ quantile_score('10', ['10', '20', '30', '40'], [1, 2, 3, 4]) }} as actual,
        1 as expected

    union all

    select
        2,
        {{ quantile_score('11', ['10', '20', '30', '40'], [1, 2, 3, 4]) }},
        2

    union all

    select
        3,
        {{ quantile_score('41', ['10', '20', '30', '40'], [1, 2, 3, 4]) }},
        5

    union all

    select
        4,
        {{ quantile_score('3', ['1', '1', '2', '4'], [1, 2, 3, 4]) }},
        3

    union all

    select
        5,
        {{ quantile_score('cast(null as integer)', ['1', '2', '3', '4'], [1, 2, 3, 4]) }},
        cast(null as integer)
)

select
    case_id,
    actual,
    expected
from cases
where actual is distinct from expected
