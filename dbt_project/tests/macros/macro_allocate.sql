-- allocate_cut and allocate_settle: shares add up, odd cents go to the heaviest part, the sign stays,
-- and where nothing weighs anything the first part takes it all.
with

parts as (
    select 1 as group_id, 1 as part_id, cast(100 as bigint) as whole, cast(1 as bigint) as weight, 25 as expected
    union all
    select 1, 2, 100, 1, 25
    union all
    select 1, 3, 100, 2, 50
    union all
    select 2, 1, -10, 1, -4
    union all
    select 2, 2, -10, 1, -3
    union all
    select 2, 3, -10, 1, -3
    union all
    select 3, 1, 7, 0, 7
    union all
    select 3, 2, 7, 0, 0
    union all
    select 4, 1, 5, 0, 0
    union all
    select 4, 2, 5, 9, 5
),

cut as (
    select
        group_id,
        part_id,
        whole,
        weight,
        expected,
        {{ allocate_cut('whole', 'weight', 'group_id') }} as cut_whole
    from parts
),

settled as (
    select
        group_id,
        part_id,
        expected,
        {{ allocate_settle('whole', 'cut_whole', 'weight', 'group_id', 'part_id') }} as actual
    from cut
)

select
    group_id,
    part_id,
    expected,
    actual
from settled
where actual is distinct from expected
