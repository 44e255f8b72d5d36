-- normalize_email: blanks and ASCII case do not matter, the rest does; empty is null.
with

cases as (
    select
        1 as case_id,
        {{ normalize_email("' Anna.Smith@Example.COM '") }} as actual,
        'anna.smith@example.com' as expected

    union all

    select
        2,
        {{ normalize_email("'   '") }},
        cast(null as {{ dbt.type_string() }})

    union all

    select
        3,
        {{ normalize_email("'JÖRG@example.com'") }},
        'jÖrg@example.com'
)

select
    case_id,
    actual,
    expected
from cases
where actual is distinct from expected
