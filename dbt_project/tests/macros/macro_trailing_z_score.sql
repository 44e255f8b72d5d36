{% set double = type_double() %}
{% set nothing = 'cast(null as numeric(2, 1))' %}
with

days as (
    {{ inline_rows(['day_number', 'cents'], [
        [1, 'cast(2 as bigint)'], [2, 'cast(4 as bigint)'], [3, 'cast(6 as bigint)'],
        [4, 'cast(8 as bigint)'], [5, 'cast(7 as bigint)'], [6, 'cast(null as bigint)'],
        [7, 'cast(7 as bigint)'], [8, 'cast(7 as bigint)'], [9, 'cast(7 as bigint)'],
        [10, 'cast(9 as bigint)'],
    ]) }}
),

-- 8 after 2, 4, 6: two deviations of 2; 7 after 4, 6, 8: half a deviation.
expected as (
    {{ inline_rows(['day_number', 'z_score'], [
        [1, nothing], [2, nothing], [3, nothing], [4, '2.0'], [5, '0.5'],
        [6, nothing], [7, nothing], [8, nothing], [9, nothing], [10, nothing],
    ]) }}
),

actual as (
    select
        day_number,
        {{ trailing_z_score('cents', 3, 'day_number') }} as z_score
    from days
)

select
    actual.day_number,
    actual.z_score
from actual
inner join expected on actual.day_number = expected.day_number
where actual.z_score is distinct from cast(expected.z_score as {{ double }})
