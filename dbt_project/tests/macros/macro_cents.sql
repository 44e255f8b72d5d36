-- to_cents and from_cents: there and back, exactly, with the sign.
with

cases as (
    select
        1 as case_id,
        {{ to_cents('cast(19.99 as numeric(18, 2))') }} as actual,
        1999 as expected

    union all

    select
        2,
        {{ from_cents('-5') }},
        cast(-0.05 as {{ type_money() }})

    union all

    select
        3,
        {{ from_cents('cast(123456789012345 as bigint)') }},
        cast(1234567890123.45 as {{ type_money() }})

    union all

    select
        4,
        {{ to_cents('cast(1.50 as numeric(18, 2)) + cast(2.25 as numeric(18, 2))') }},
        375
)

select
    case_id,
    actual,
    expected
from cases
where actual is distinct from expected
