"""`ecom parity` finds every difference, names row and column, and reports no false ones."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from ecommerce_analytics.engines.base import Relation
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.parity import Comparison, Node, compare

_MODEL = Node("model.shop.sales", "model", Relation("marts", "sales"), ("id",))
_SNAPSHOT = Node("snapshot.shop.history", "snapshot", Relation("snapshots", "history"), ("id",))


def compared(
    directory: Path, left: str, right: str, node: Node = _MODEL, ignored: Sequence[str] = ()
) -> Comparison:
    """The comparison of two queries, each on its engine."""
    engines = []
    for target, query in (("left", left), ("right", right)):
        path = directory / f"{target}.duckdb"
        path.unlink(missing_ok=True)
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"create schema {node.relation.schema}")
            if query:
                connection.execute(f"create table {node.relation} as {query}")
        engines.append(DuckDBEngine(path, target=target))
    return next(compare([node], engines, ignored=ignored))


_ROWS = (
    "select 1 as id, 'a' as name, 1.50::decimal(18,2) as amount, 0.1::double as rate "
    "union all select 2, null, null, null"
)


def test_equal_rows_in_any_order_are_the_same(tmp_path: Path) -> None:
    """Row order does not matter."""
    found = compared(tmp_path, f"from ({_ROWS}) order by id", f"from ({_ROWS}) order by id desc")
    assert not found.differences
    assert found.contents["left"] == found.contents["right"]
    assert found.contents["left"].rows == 2
    assert dict(found.contents["left"].columns) == {
        "id": "integer",
        "name": "string",
        "amount": "numeric(18,2)",
        "rate": "double",
    }


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ("1.51::decimal(18,2) as amount", "amount Decimal('1.50'), Decimal('1.51')"),
        ("0.1::double + 0.2 - 0.2 as rate", "rate 0.1, 0.10000000000000003"),
        ("'A' as name", "name 'a', 'A'"),
        ("'a' || chr(27) || '[2J' as name", r"name 'a', 'a\x1b[2J'"),
        ("null::varchar as name", "name 'a', None"),
        ("''::varchar as name", "name 'a', ''"),
    ],
)
def test_one_value_that_differs_is_named(tmp_path: Path, change: str, difference: str) -> None:
    """The report has the row's key, the column and both values."""
    changed = f"select * replace ({change}) from ({_ROWS}) where id = 1"  # noqa: S608
    found = compared(tmp_path, _ROWS, f"{changed} union all from ({_ROWS}) where id = 2")
    assert found.differences == (
        "1 rows only on left, 1 only on right",
        f"id 1, left beside right: {difference}",
    )


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("'null'", "null::varchar"),
        ("''", "null::varchar"),
        ("'-'", "null::varchar"),
        ("0.0::double", "-0.0::double"),
        ("1.0::double", "1.0000000000000002::double"),
    ],
)
def test_what_looks_alike_is_not_the_same(tmp_path: Path, left: str, right: str) -> None:
    """Values that look alike but differ have different fingerprints."""
    assert compared(tmp_path, f"select 1 as id, {left} as x", f"select 1, {right} as x").differences


def test_values_do_not_run_into_each_other(tmp_path: Path) -> None:
    """The rows 'ab', 'c' and 'a', 'bc' differ."""
    left, right = "select 'ab' as id, 'c' as x", "select 'a' as id, 'bc' as x"
    assert compared(tmp_path, left, right).differences


def test_a_row_too_many_is_named(tmp_path: Path) -> None:
    """An extra row is reported with its side, also if it is a duplicate."""
    found = compared(tmp_path, _ROWS, f"{_ROWS} union all select 3, 'c', 1, 1")
    assert found.differences == ("0 rows only on left, 1 only on right", "id 3 is only on right")
    found = compared(tmp_path, f"{_ROWS} union all {_ROWS}", _ROWS)
    assert found.differences[0] == "2 rows only on left, 0 only on right"


def test_types_and_columns_count(tmp_path: Path) -> None:
    """Equal values of different types differ."""
    found = compared(tmp_path, "select 1::bigint as id", "select 1::integer as id")
    assert found.differences == ("column id is bigint on left, integer on right",)
    found = compared(tmp_path, "select 1 as id, 2 as x", "select 1 as id")
    assert found.differences == ("column x is integer on left, absent on right",)
    found = compared(tmp_path, "select 1 as id, 2 as x", "select 2 as x, 1 as id")
    assert found.differences == ("its columns stand in another order on right than on left",)


def test_a_relation_that_is_missing_is_named(tmp_path: Path) -> None:
    """A missing relation differs from an empty one."""
    found = compared(tmp_path, f"{_ROWS} limit 0", "")
    assert found.differences == ("is not on right",)


def test_when_a_table_was_loaded_may_differ(tmp_path: Path) -> None:
    """Only the ignored columns are left out."""
    left, right = (f"select 1 as id, {hour} as loaded_at" for hour in (6, 7))
    assert compared(tmp_path, left, right).differences
    assert not compared(tmp_path, left, right, ignored=["loaded_at"]).differences


def test_snapshots_are_compared_by_version(tmp_path: Path) -> None:
    """Snapshots are compared by the sequence of versions and the current one, not by run times."""

    def history(hour: int, *prices: int) -> str:
        last = len(prices) - 1
        return " union all ".join(
            f"select 1 as id, {price} as price, '{hour}{n}' as dbt_scd_id, "
            f"timestamp '2026-01-0{n + 1} 0{hour}:00:00' as dbt_updated_at, "
            f"timestamp '2026-01-0{n + 1} 0{hour}:00:00' as dbt_valid_from, "
            + ("timestamp '9999-12-31'" if n == last else f"timestamp '2026-01-0{n + 2}'")
            + " as dbt_valid_to"
            for n, price in enumerate(prices)
        )

    same = compared(tmp_path, history(6, 10, 12), history(7, 10, 12), _SNAPSHOT)
    assert not same.differences
    swapped = compared(tmp_path, history(6, 10, 12), history(7, 12, 10), _SNAPSHOT)
    assert swapped.differences[1] == ("id 1, version_number 1, left beside right: price 10, 12")
    assert compared(tmp_path, history(6, 10, 12), history(7, 10), _SNAPSHOT).differences


def test_a_warehouse_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    """A missing warehouse gives one sentence."""
    engine = DuckDBEngine(tmp_path / "none.duckdb")
    with pytest.raises(EcomError, match="there is no warehouse"):
        next(compare([_MODEL], [engine, engine]))
