"""The number of changes per day and kind, and their record."""

import numpy as np

from ecommerce_analytics.generate.arrays import I64
from ecommerce_analytics.living.days import Day
from ecommerce_analytics.living.state import Happened, State


def how_many(expected: float, least: float, most: int, rng: np.random.Generator) -> int:
    """A day's number of changes: Poisson around `expected`, at least `least` on average.

    Args:
        expected: The number expected from the shop's size.
        least: The minimum average per day in a small shop.
        most: The number of rows that can change.
        rng: The random generator.
    """
    return min(int(rng.poisson(max(expected, least))), most)


def log(state: State, day: Day, kind: str, table: str, keys: I64, at: I64) -> None:
    """Record what really happened on `day` to each of `keys`, at the seconds `at`."""
    if len(keys):
        state.happened.append(Happened(day.ordinal, kind, table, keys, at))
