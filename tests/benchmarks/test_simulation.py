"""The simulation of a far larger shop: its arithmetic, its errors, and its page."""

from collections.abc import Mapping
from typing import Any, Final

import duckdb
import pytest

import results
import simulate
import sizes
from measure import Cost
from results import Record
from simulate import Inputs

_AT: Final = (50_000, 500_000)


@pytest.mark.parametrize(
    ("values", "exponent", "value"),
    [
        ((5, 50), 1, 500),
        ((50, 50), 0, 50),
        ((60, 50), 0, 50),
        ((0, 50), 0, 50),
        ((1, 10**0.5), 0.5, 10),
    ],
)
def test_a_figure_follows_the_power_that_two_sizes_show(
    values: tuple[float, float], exponent: float, value: float
) -> None:
    """Figures are extrapolated by a power: linear, constant and in between."""
    grown = simulate.grow(_AT, values, 5_000_000)
    assert grown.exponent == pytest.approx(exponent)
    assert grown.value == pytest.approx(value)


def test_another_plan_is_no_growth() -> None:
    """Shuffled data grows with the orders at most."""
    assert simulate.grow(_AT, (1, 50), 5_000_000, most=1.0).value == pytest.approx(500)


def test_what_costs_the_same_at_every_size_falls_out() -> None:
    """Fixed costs, such as start and parsing, are not counted per order."""
    assert simulate.slope(_AT, (10 + 1, 10 + 10)) == pytest.approx(9 / 450_000)
    assert simulate.slope(_AT, (10, 9)) == 0


def _shuffle(operator: str, *inputs: tuple[int, int], out: tuple[int, int]) -> Mapping[str, Any]:
    rows = [dict(zip(("rows", "bytes"), pair, strict=True)) for pair in (*inputs, out)]
    return {"operator": operator, "inputs": rows[:-1], "output": rows[-1]}


@pytest.mark.parametrize(
    ("shuffle", "expected"),
    [
        # A dimension stays small and is broadcast; two facts are joined by key.
        (_shuffle("HASH_JOIN", (1_000, 9_000), (100, 5_000), out=(1_000, 9_000)), 0),
        (_shuffle("HASH_JOIN", (50_000, 900), (10_000, 200), out=(50_000, 900)), 1_100),
        # Orders per day stay few rows on every machine; orders per person do not.
        (_shuffle("HASH_GROUP_BY", (50_000, 900), out=(1_000, 10)), 10),
        (_shuffle("HASH_GROUP_BY", (50_000, 900), out=(49_000, 890)), 890),
        (_shuffle("WINDOW", (50_000, 900), out=(50_000, 1_300)), 900),
    ],
)
def test_what_an_operator_sends(shuffle: Mapping[str, Any], expected: float) -> None:
    """An operator's shuffle depends on whether its input is still small at the larger size."""
    assert sizes.shuffled_bytes(shuffle, growth=1_000_000, orders=50_000) == expected


def test_a_profile_shows_what_meets() -> None:
    """A profile lists a query's joins, windows and aggregates with their input rows."""
    with duckdb.connect() as connection:
        connection.execute("create table a as select range as i, range % 10 as k from range(1000)")
        connection.execute("create table b as select range as k from range(10)")
        sql = "select b.k, count(distinct i) from a join b on a.k = b.k group by b.k"
        found = list(sizes._shuffles(connection, {"compiled_code": sql}))
    (join,) = (shuffle for shuffle in found if shuffle.operator == "HASH_JOIN")
    assert sorted(taken.rows for taken in join.inputs) == [10, 1000]
    # Every row is sent once for a distinct count, then one row per key and machine.
    groups = [shuffle for shuffle in found if "GROUP_BY" in shuffle.operator]
    assert sorted(shuffle.output.rows for shuffle in groups) == [10, 1000]


def _records() -> list[Record]:
    """The records for a simulation: a fact and a dimension, one shuffle."""
    records = []
    for orders in _AT:
        rows = {"rows": orders, "bytes": orders * 100}
        tables = {"marts.fact_orders": rows, "marts.dim_date": {"rows": 1_096, "bytes": 5_000}}
        shuffle = {"operator": "WINDOW", "inputs": [rows], "output": rows}
        models = {"fact_orders": {"shuffles": [shuffle], "keys": ["person_id"]}}
        records.append(Record("sizes", orders, [{}], {"tables": tables, "models": models}))
        seconds = orders / 100_000
        records.append(Record("build", orders, [{"floor": Cost(1, 1 + seconds)}]))
        days = {"day": Cost(9, 9 + seconds / 10), "rebuild": Cost(9, 9 + seconds)}
        records.append(Record("increments", orders, [days]))
    return records


def test_a_simulation_adds_up() -> None:
    """A terabyte of facts with as many bytes shuffled adds up, and a day costs a tenth."""
    text = simulate.simulate(_records(), Inputs(spark_factor=3.6, utilisation=0.5))
    assert "| `marts.fact_orders` | 10.0 | 1.00 | 100 | 1.00 | 1,954 | 55 |" in text
    assert "| `fact_orders` | `person_id` | 1.00 | 5,000 |" in text
    # 100,000 s of DuckDB are 100 core hours of Spark; half a terabyte at 50 GB a second.
    assert "| a rebuild, tests included | 100% | 100 | 1.00 | 0.1 | 0.0 | 0.1 | 10 |" in text
    assert "| a day, tests included | 10% | 10 | 0.10 | 0.0 | 0.0 | 0.0 | 1 |" in text
    assert "| storage, for a day |  |  |  |  |  |  | 1 |" in text


def test_a_simulation_without_days_says_nothing_of_them() -> None:
    """Without measured days the simulation omits them."""
    records = [record for record in _records() if record.section != "increments"]
    assert simulate.is_possible(records)
    text = simulate.simulate(records, Inputs())
    assert "a rebuild, tests included" in text
    assert "a day, tests included" not in text


def test_a_simulation_of_one_size_is_refused() -> None:
    """A single measured size gives a sentence that says what to measure."""
    records = [record for record in _records() if record.orders == _AT[0]]
    assert not simulate.is_possible(records)
    with pytest.raises(SystemExit, match="sizes was measured at 1 sizes, expected two or more"):
        simulate.simulate(records, Inputs())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--executors", "0"], "executors is 0, expected more than 0"),
        (["--utilisation", "2"], "utilisation is 2.0, expected more than 0 and at most 1"),
    ],
)
def test_what_cannot_be_is_refused(arguments: list[str], sentence: str) -> None:
    """Impossible inputs give one sentence."""
    with pytest.raises(SystemExit, match=sentence):
        simulate.main(arguments)


def test_the_page_says_what_the_simulation_says() -> None:
    """The page's tables match the results in the repository, so they are never edited by hand."""
    page = simulate.DOC.read_text(encoding="utf-8")
    assert simulate.render(page, simulate.simulate(results.load(), Inputs())) == page
