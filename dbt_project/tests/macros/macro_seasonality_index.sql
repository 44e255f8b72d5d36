{% set double = type_double() %}
with

days as (
    {{ inline_rows(['day_number', 'season', 'amount', 'expected_index'], [
        [1, 1, 'cast(6.00 as numeric(18, 2))', '1.5'],
        [2, 2, 'cast(1.00 as numeric(18, 2))', '0.5'],
        [3, 2, 'cast(3.00 as numeric(18, 2))', '0.5'],
        [4, 1, 'cast(6.00 as numeric(18, 2))', '1.5'],
        [5, 1, 'cast(null as numeric(18, 2))', '1.5'],
        [6, 3, 'cast(null as numeric(18, 2))', 'cast(null as numeric(2, 1))'],
    ]) }}
),

actual as (
    select
        day_number,
        expected_index,
        {{ seasonality_index('amount', 'season') }} as season_index
    from days
)

select
    day_number,
    season_index
from actual
where season_index is distinct from cast(expected_index as {{ double }})
