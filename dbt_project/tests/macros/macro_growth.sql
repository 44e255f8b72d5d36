-- growth: against the base, null where the base is not above 0.
with

cases as (
    select
        1 as case_id,
        {{ growth('cast(150 as ' ~ type_money() ~ ')', 'cast(100 as ' ~ type_money() ~ ')') }} as actual,
        cast(0.5 as {{ type_double() }}) as expected

    union all

    select
        2,
        {{ growth('1', '0') }},
        cast(null as {{ type_double() }})

    union all

    select
        3,
        {{ growth('1', '-5') }},
        cast(null as {{ type_double() }})
)

select
    case_id,
    actual,
    expected
from cases
where actual is distinct from expected
