-- calculate_revenue_with_tax, as macro and as function: half a cent goes away from zero.
with

cases as (
    select
        1 as case_id,
        {{ calculate_revenue_with_tax('100.00', '0.0825') }} as actual,
        cast(108.25 as {{ type_money() }}) as expected

    union all

    select
        2,
        {{ calculate_revenue_with_tax('0.10', '0.05') }},
        cast(0.11 as {{ type_money() }})

    union all

    select
        3,
        {{ calculate_revenue_with_tax('19.99', '0') }},
        cast(19.99 as {{ type_money() }})

    union all

    select
        4,
        {{ function('revenue_with_tax') }}(cast(0.10 as {{ type_money() }}), cast(0.05 as numeric(9, 6))),
        cast(0.11 as {{ type_money() }})
)

select
    case_id,
    actual,
    expected
from cases
where actual is distinct from expected
