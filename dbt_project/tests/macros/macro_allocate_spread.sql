{% set columns = ['group_id', 'part_id', 'whole', 'weight', 'expected'] %}
{% set rows = [
    [1, 1, 100, 1, 25],
    [1, 2, 100, 1, 25],
    [1, 3, 100, 2, 50],
    [2, 1, -11, 1, -4],
    [2, 2, -11, 1, -4],
    [2, 3, -11, 1, -3],
    [3, 1, 5, 0, 0],
    [3, 2, 5, 9, 5],
    [4, 1, 10, 1, 1],
    [4, 2, 10, 2, 3],
    [4, 3, 10, 4, 6],
    [5, 1, 999999999999999, 900000000000000000, 899999999999999],
    [5, 2, 999999999999999, 99999999999999999, 100000000000000],
    [6, 1, 1, 3, 0],
    [6, 2, 1, 7, 1],
] %}
with

parts as (
    {{ inline_rows(columns, rows) }}
),

cut as (
    select
        group_id,
        part_id,
        whole,
        weight,
        expected,
        sum(weight) over (partition by group_id) as total_weight,
        {{ allocate_cut(
            'whole', 'weight', 'sum(weight) over (partition by group_id)'
        ) }} as cut_whole
    from parts
),

placed as (
    select
        *,
        row_number() over (
            partition by group_id
            order by
                {{ allocate_remainder('whole', 'weight', 'total_weight', 'cut_whole') }}
                desc nulls last,
                part_id asc nulls last
        ) as place
    from cut
),

spread as (
    select
        group_id,
        part_id,
        expected,
        {{ allocate_spread(
            'whole', 'cut_whole', 'sum(cut_whole) over (partition by group_id)', 'place'
        ) }} as actual
    from placed
)

select
    group_id,
    part_id,
    expected,
    actual
from spread
where actual is distinct from expected
