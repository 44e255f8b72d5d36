with

numbers as (
    {{ inline_rows(['n'], [[1], [2], [3], [10]]) }}
)

select
    {{ percentile('n', 0.5) }} as middle,
    {{ percentile('n', 0.9) }} as ninth_tenth
from numbers
having
    {{ percentile('n', 0.5) }} <> 2
    or {{ percentile('n', 0.9) }} <> 10
