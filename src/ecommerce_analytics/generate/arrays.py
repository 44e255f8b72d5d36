"""The array types of the generator, its tree of random generators, and draws from tables."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

NEVER: Final = -1
"""Stands for null in arrays of seconds and of ids; no instant or id of a shop is negative."""

MINUTE: Final = 60
HOUR: Final = 3_600
DAY: Final = 86_400

# The largest uniform draw: adding a row number to a larger one could round up to the next row.
_BELOW_ONE: Final = 1 - 1e-9


class Purpose(IntEnum):
    """Branches of the tree of random generators; a number never changes its meaning."""

    PRODUCTS = 1
    CAMPAIGNS = 2
    SPEND = 3
    INVENTORY = 4
    ALLOCATION = 5
    ACCOUNTS = 6
    DEMAND = 7
    PROFILES = 8
    BASKETS = 9
    LIFECYCLE = 10
    TOUCHES = 11
    REFUNDS = 12
    CREDIT = 13
    LABELS = 14
    # Days after the shop's end; the chunk is the day's ordinal in the calendar.
    DAY_START = 20
    DAY_DEMAND = 21
    DAY_PEOPLE = 22
    DAY_TOUCHES = 23
    DAY_ORDERS = 24
    DAY_PRODUCTS = 25
    DAY_CUSTOMERS = 26
    DAY_CORRECTIONS = 27
    DAY_ERASURES = 28
    DAY_CAMPAIGNS = 29
    DAY_SPEND = 30
    DAY_STOCK = 31
    DAY_BUDGETS = 32


def generator(seed: int, purpose: Purpose, chunk: int = 0) -> np.random.Generator:
    """The random generator of one purpose and chunk, independent of all others.

    It depends only on its arguments, so chunks may be drawn in any order, on any thread, and twice.
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(purpose, chunk)))


@dataclass(frozen=True)
class Choices:
    """One categorical distribution per row, drawn for many rows at once.

    Attributes:
        cumulative: Shape (rows * options,); row r holds r plus its cumulated shares, so that one
            sorted search serves all rows.
        options: Options per row.
    """

    cumulative: F64
    options: int

    @classmethod
    def of(cls, weights: ArrayLike) -> "Choices":
        """Normalise non-negative `weights` of shape (rows, options), each row with a positive sum.

        A single row may be given with shape (options,).
        """
        table = np.atleast_2d(np.asarray(weights, dtype=np.float64))
        cumulative = np.cumsum(table, axis=1)
        cumulative /= cumulative[:, -1:]
        cumulative += np.arange(len(table))[:, None]
        return cls(cumulative.ravel(), table.shape[1])

    def draw(self, uniform: F64, rows: I64 | None = None) -> I64:
        """The option drawn by each of `uniform` (in [0, 1)) from its row (default: row 0)."""
        position = np.minimum(uniform, _BELOW_ONE)
        if rows is None:
            return np.searchsorted(self.cumulative[: self.options], position, side="right")
        position += rows
        found: I64 = np.searchsorted(self.cumulative, position, side="right")
        found -= rows * self.options
        return found


def segment_sums(values: I64, starts: I64, counts: I64) -> I64:
    """The sum of each run `values[start : start + count]`; 0 for an empty run."""
    running = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, out=running[1:])
    sums: I64 = running[starts + counts] - running[starts]
    return sums


def split_evenly(total: int, parts: int) -> I64:
    """The bounds, shape (parts + 1,), that split `total` into parts of nearly equal size."""
    return np.arange(parts + 1, dtype=np.int64) * total // parts
