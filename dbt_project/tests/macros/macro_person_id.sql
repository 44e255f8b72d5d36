-- person_id and the keys: an e-mail decides, kinds never collide, null falls back.
with

cases as (
    select
        1 as case_id,
        case when {{ person_id("'a@example.com'", 'customer', '1') }} = {{ person_id("'a@example.com'", 'order', '2') }} then 1 else 0 end as actual,
        1 as expected

    union all

    select
        2,
        case when {{ person_id('cast(null as ' ~ dbt.type_string() ~ ')', 'customer', '1') }} = {{ person_id('cast(null as ' ~ dbt.type_string() ~ ')', 'order', '1') }} then 1 else 0 end,
        0

    union all

    select
        3,
        case when {{ customer_key('1', "'x'") }} = {{ customer_key('1', "'y'") }} then 1 else 0 end,
        1

    union all

    select
        4,
        case when {{ campaign_key('cast(null as bigint)', "'email'") }} = {{ campaign_key('1', "'email'") }} then 1 else 0 end,
        0
)

select
    case_id,
    actual,
    expected
from cases
where actual is distinct from expected
