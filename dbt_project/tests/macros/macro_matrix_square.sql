with

-- [[1/2, 1/4], [0, 1/3]] in hundred-millionths; its square is [[1/4, 5/24], [0, 1/9]].
matrix as (
    {{ inline_rows(['row_state', 'column_state', 'weight'], [
        [1, 1, 'cast(50000000 as bigint)'],
        [1, 2, 'cast(25000000 as bigint)'],
        [2, 2, 'cast(33333333 as bigint)'],
    ]) }}
),

expected as (
    {{ inline_rows(['row_state', 'column_state', 'weight'], [
        [1, 1, 25000000], [1, 2, 20833333], [2, 2, 11111110],
    ]) }}
),

actual as (
    {{ matrix_square('matrix') }}
)

select
    actual.weight as actual_weight,
    expected.weight as expected_weight,
    coalesce(actual.row_state, expected.row_state) as row_state,
    coalesce(actual.column_state, expected.column_state) as column_state
from actual
full outer join expected
    on actual.row_state = expected.row_state and actual.column_state = expected.column_state
where actual.weight is distinct from expected.weight
