"""The numbers of a query, and their comparison."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

Numbers = Mapping[str, Any]

_TOLERANCE: Final = 1e-12


def numbers(rows: list[tuple[Any, ...]]) -> Numbers:
    """The last value of each row by its group, which is empty in total."""
    found = {group_of(row[:-1]): row[-1] for row in rows}
    assert len(found) == len(rows), "a group stands twice"
    return found


def group_of(values: tuple[Any, ...]) -> str:
    """A row's group as text; times and dates as days."""
    texts = [v.strftime("%Y-%m-%d") if isinstance(v, date | datetime) else str(v) for v in values]
    return " ".join(texts)


def is_same(found: Any, expected: Any) -> bool:
    """Whether two numbers are equal: doubles to 12 digits, all else exactly."""
    if isinstance(found, float) and isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
    return bool(found == expected)
