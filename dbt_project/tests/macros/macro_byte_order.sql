with

texts as (
    {{ inline_rows(
        ['written', 'expected_place'],
        [
            ["'001'", 1],
            ["'1.0'", 2],
            ["'A'", 3],
            ["'K 1'", 4],
            ["'K1'", 5],
            ["'a'", 6],
            ["'k1'", 7],
            ["'é'", 8],
        ]
    ) }}
),

ordered as (
    select
        written,
        expected_place,
        row_number() over (order by {{ byte_order('written') }} asc) as actual_place
    from texts
)

select *
from ordered
where actual_place <> expected_place
