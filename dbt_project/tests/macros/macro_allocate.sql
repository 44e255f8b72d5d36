{% set columns = ['group_id', 'part_id', 'whole', 'weight', 'expected'] %}
{% set rows = [
    [1, 1, 100, 1, 25],
    [1, 2, 100, 1, 25],
    [1, 3, 100, 2, 50],
    [2, 1, -10, 1, -4],
    [2, 2, -10, 1, -3],
    [2, 3, -10, 1, -3],
    [3, 1, 7, 0, 7],
    [3, 2, 7, 0, 0],
    [4, 1, 5, 0, 0],
    [4, 2, 5, 9, 5],
    [5, 1, 10, 1, 1],
    [5, 2, 10, 2, 2],
    [5, 3, 10, 4, 7],
    [6, 1, 999999999999999, 900000000000000000, 900000000000000],
    [6, 2, 999999999999999, 99999999999999999, 99999999999999],
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
        {{ allocate_cut(
            'whole', 'weight', 'sum(weight) over (partition by group_id)'
        ) }} as cut_whole
    from parts
),

settled as (
    select
        group_id,
        part_id,
        expected,
        {{ allocate_settle(
            'whole',
            'cut_whole',
            'sum(cut_whole) over (partition by group_id)',
            'row_number() over (partition by group_id order by weight desc, part_id asc) = 1'
        ) }} as actual
    from cut
)

select
    group_id,
    part_id,
    expected,
    actual
from settled
where actual is distinct from expected
