"""How many of a kind of change a day brings, and the record of what it brought."""

import numpy as np

from ecommerce_analytics.generate.arrays import I64
from ecommerce_analytics.living.days import Day
from ecommerce_analytics.living.state import Happened, State


def how_many(expected: float, least: float, most: int, rng: np.random.Generator) -> int:
    """A day's number of changes: Poisson around `expected`, but `least` in a small shop.

    Args:
        expected: What the shop's size lets expect.
        least: What a day brings on average however small the shop is.
        most: There are no more to change.
        rng: Where to draw from.
    """
    return min(int(rng.poisson(max(expected, least))), most)


def log(state: State, day: Day, kind: str, table: str, keys: I64, at: I64) -> None:
    """Record what really happened on `day`: to each of `keys`, at the seconds `at`."""
    if len(keys):
        state.happened.append(Happened(day.ordinal, kind, table, keys, at))
