-- ratio: a true division of whole numbers, null on a zero base and on a null.
with

cases as (
    select
        1 as case_id,
        {{ ratio('5', '2') }} as actual,
        cast(2.5 as {{ type_double() }}) as expected

    union all

    select
        2,
        {{ ratio('1', '0') }},
        cast(null as {{ type_double() }})

    union all

    select
        3,
        {{ ratio('cast(null as integer)', '4') }},
        cast(null as {{ type_double() }})

    union all

    select
        4,
        {{ ratio('cast(1.10 as numeric(18, 2))', 'cast(-2.20 as numeric(18, 2))') }},
        cast(-0.5 as {{ type_double() }})
)

select
    case_id,
    actual,
    expected
from cases
where actual is distinct from expected
