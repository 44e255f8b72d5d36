-- divide_integers: the remainder is dropped, also in 64 bits.
with

cases as (
    select
        1 as case_id,
        {{ divide_integers('7', '2') }} as actual,
        3 as expected

    union all

    select
        2,
        {{ divide_integers('6', '3') }},
        2

    union all

    select
        3,
        {{ divide_integers('cast(9000000000000000001 as bigint)', '2') }},
        4500000000000000000
)

select
    case_id,
    actual,
    expected
from cases
where actual is distinct from expected
