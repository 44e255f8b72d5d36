"""Each operator makes the change that its name says, and nothing else."""

import random

import pytest

from mutants.operators import OPERATORS, drawn, mutations
from mutants.trees import parse, text

_SQL = (
    "with lines as (select id, price, cost, coalesce(tax, 0) as tax from shop.lines where price > 1"
    " and not is_test), totals as (select id, sum(price) as price, count(distinct cost) as costs"
    " from lines group by id) select distinct totals.id, case when costs = 2 then 'two' else 'more'"
    " end as label, price - 3 as less, avg(price) over (partition by costs order by totals.id rows"
    " between 6 preceding and current row) as mean from totals left join lines as l on totals.id ="
    " l.id and totals.price = l.price"
)
_COLUMNS = {
    "lines": {"id": "BIGINT", "price": "DOUBLE", "cost": "DOUBLE", "tax": "DOUBLE"},
    "totals": {"id": "BIGINT", "price": "DOUBLE", "costs": "BIGINT"},
}


@pytest.mark.parametrize(
    ("operator", "old", "new"),
    [
        ("dropped filter", "WHERE price > 1 AND NOT is_test", ""),
        ("dropped condition", "price > 1 AND NOT is_test", "price > 1"),
        (
            "wider or narrower join",
            "totals.id = l.id AND totals.price = l.price",
            "totals.id = l.id",
        ),
        (
            "wider or narrower join",
            "LEFT JOIN lines AS l ON totals.id = l.id AND totals.price = l.price",
            "INNER JOIN lines AS l ON totals.id = l.id AND totals.price = l.price",
        ),
        ("negated comparison", "NOT is_test", "is_test"),
        ("negated comparison", "costs = 2", "costs <> 2"),
        ("relaxed comparison", "price > 1", "price >= 1"),
        ("swapped column", "totals.id", "totals.costs AS id"),
        ("other aggregate", "SUM(price)", "MAX(price)"),
        ("off by one", "3", "4"),
        ("dropped coalesce", "COALESCE(tax, 0)", "tax"),
        ("dropped distinct", "DISTINCT cost", "cost"),
        ("dropped distinct", "DISTINCT", ""),
        (
            "other window frame",
            "rows BETWEEN 6 preceding AND CURRENT ROW",
            "rows BETWEEN 5 preceding AND CURRENT ROW",
        ),
        ("reversed order", "totals.id", "totals.id DESC"),
        ("dropped case", "CASE WHEN costs = 2 THEN 'two' ELSE 'more' END", "'two'"),
        ("other arithmetic", "price - 3", "price + 3"),
    ],
)
def test_operator_makes_what_it_says(operator: str, old: str, new: str) -> None:
    """The fragment is replaced, and the rest of the query stays."""
    tree = parse(_SQL)
    made = [
        mutation
        for mutation in mutations(tree, _COLUMNS, random.Random(1))  # noqa: S311
        if (mutation.operator, mutation.old, mutation.new) == (operator, old, new)
    ]
    assert made
    changed = made[0].apply(tree)
    assert changed is not None
    assert text(changed) != text(tree)
    assert text(tree) == text(parse(_SQL))


def test_every_operator_finds_a_place() -> None:
    """The query above has a place for each operator."""
    found = mutations(parse(_SQL), _COLUMNS, random.Random(1))  # noqa: S311
    assert {mutation.operator for mutation in found} == set(OPERATORS)


def test_change_is_made_in_a_similar_query() -> None:
    """A unit test reads fixtures in place of tables, and may lack a fragment."""
    tree = parse("with read as (select a from db.shop.lines where a > 1) select * from read")
    found = mutations(tree, {}, random.Random(1))  # noqa: S311
    relaxed = next(m for m in found if m.operator == "relaxed comparison")
    fixture = parse(
        "with read as (select a from __dbt__cte__lines where b and a > 1) select * from read"
    )
    changed = relaxed.apply(fixture)
    assert changed is not None
    assert "a >= 1" in text(changed)
    assert relaxed.apply(parse("with read as (select 1 as a) select * from read")) is None


def test_same_seed_draws_the_same() -> None:
    """The draw depends on the seed only, and operators take turns."""

    def draw(seed: int) -> list[tuple[str, str, str]]:
        chance = random.Random(seed)  # noqa: S311
        found = drawn(mutations(parse(_SQL), _COLUMNS, chance), chance)
        return [(m.operator, m.old, m.new) for m in found]

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)
    first = [operator for operator, _, _ in draw(1)][: len(OPERATORS)]
    assert set(first) == set(OPERATORS)
