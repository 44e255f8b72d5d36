"""Compares two computations of the same rows."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

_SHOWN = 5


def query(warehouse: Path, sql: str) -> list[tuple[Any, ...]]:
    """Query the warehouse."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def select(warehouse: Path, mart: str, *columns: str) -> list[tuple[Any, ...]]:
    """Every row of a mart."""
    return query(warehouse, f"select {', '.join(columns)} from marts.{mart}")  # noqa: S608


def assert_same_rows(
    columns: Sequence[str],
    actual: Mapping[Any, Sequence[Any]],
    expected: Mapping[Any, Sequence[Any]],
    *,
    may_be_empty: bool = False,
) -> None:
    """Check that keys and values are equal: doubles to 1e-12, all else exactly."""
    only: dict[Any, Any] = dict.fromkeys(
        actual.keys() ^ expected.keys(), "only one side has the row"
    )
    unequal = {
        key: {
            column: (left, right)
            for column, left, right in zip(columns, actual[key], expected[key], strict=True)
            if not same(left, right)
        }
        for key in actual.keys() & expected.keys()
    }
    faults = only | {key: fault for key, fault in unequal.items() if fault}
    first = sorted(faults.items(), key=str)[:_SHOWN]
    assert not faults, f"{len(faults)} of {len(expected)} rows differ (mart, independent): {first}"
    assert expected or may_be_empty, "there is nothing to compare"


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal; doubles to a relative 1e-12."""
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-12, abs_tol=1e-15)
    return bool(left == right)


def money(cents: int) -> Decimal:
    """Whole cents as money."""
    return Decimal(cents).scaleb(-2)


def money_or_none(cents: int | None) -> Decimal | None:
    """Whole cents as money, or null."""
    return None if cents is None else money(cents)
