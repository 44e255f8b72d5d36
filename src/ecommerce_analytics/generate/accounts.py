"""Accounts as buyers: when they sign up, how often they buy, when they drop out.

Purchase rates are gamma distributed and lifetimes exponential, as in the Pareto/NBD model
(Schmittlein, Morrison & Colombo 1987, "Counting Your Customers"), on a clock that runs faster in
season.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ecommerce_analytics.generate.arrays import DAY, F64, HOUR, I64, Bool, Purpose, generator
from ecommerce_analytics.generate.shop_calendar import ShopCalendar

_RATE_SHAPE: Final = 0.75
_DROPOUT_SHAPE: Final = 1.6
_DROPOUT_MEAN_DAYS: Final = 420.0
OPENS_WITH_ORDER: Final = 0.58
TEST_SHARE: Final = 0.003


@dataclass(frozen=True)
class Accounts:
    """The accounts of one chunk; every array has shape (accounts,).

    Attributes:
        first_id: The customer id of the first row; ids rise by 1 and with `signed_up`.
        signed_up: Seconds.
        rate: Purchases per day of the demand clock while alive, before the shop-wide scale that
            fits the number of orders.
        dropout_rate: Probability per day of leaving for good.
        dropped_out: Seconds; may be after the shop's end.
        clock_from: The demand clock at sign-up.
        clock_to: The demand clock at the dropout or the shop's end, the earlier of the two.
        opens_with_order: Whether the account was opened to place an order.
        is_test: Whether it is a test account of the shop.
    """

    first_id: int
    signed_up: I64
    rate: F64
    dropout_rate: F64
    dropped_out: I64
    clock_from: F64
    clock_to: F64
    opens_with_order: Bool
    is_test: Bool

    def __len__(self) -> int:
        """Number of accounts."""
        return len(self.signed_up)

    @property
    def propensity(self) -> F64:
        """Expected repeat purchases of each account, before the shop-wide scale."""
        return self.rate * (self.clock_to - self.clock_from)


def draw_accounts(
    calendar: ShopCalendar, seed: int, chunk: int, customers: int, first: int, last: int
) -> Accounts:
    """Draw accounts `first` to `last` (exclusive, from 0) of `customers`.

    Sign-ups are stratified along the sign-up curve, so that ids rise with time over all chunks
    without a sort over all chunks.
    """
    rng = generator(seed, Purpose.ACCOUNTS, chunk)
    count = last - first
    rank = (np.arange(first, last) + rng.random(count)) / max(customers, 1)
    # No sign-ups in the last hour, to leave time for the account's first order.
    signed_up = np.minimum(
        calendar.sign_ups.when(rank * calendar.sign_ups.total), calendar.end - HOUR
    )
    habits = draw_habits(count, rng)
    dropped_out = signed_up + HOUR + habits.lifetime
    return Accounts(
        first_id=first + 1,
        signed_up=signed_up,
        rate=habits.rate,
        dropout_rate=habits.dropout_rate,
        dropped_out=dropped_out,
        clock_from=calendar.demand.at(signed_up),
        clock_to=calendar.demand.at(np.minimum(dropped_out, calendar.end)),
        opens_with_order=rng.random(count) < OPENS_WITH_ORDER,
        is_test=rng.random(count) < TEST_SHARE,
    )


@dataclass(frozen=True)
class Habits:
    """How accounts buy and leave; as in `Accounts`, `lifetime` in seconds after the first hour."""

    rate: F64
    dropout_rate: F64
    lifetime: I64


def draw_habits(count: int, rng: np.random.Generator) -> Habits:
    """Draw the habits of `count` accounts."""
    rate = rng.gamma(_RATE_SHAPE, 1 / _RATE_SHAPE, count) + 1e-6
    scale = 1 / (_DROPOUT_MEAN_DAYS * (_DROPOUT_SHAPE - 1))
    dropout_rate = rng.gamma(_DROPOUT_SHAPE, scale, count) + 1e-9
    lifetime = np.minimum(rng.standard_exponential(count) / dropout_rate, 40_000.0)
    return Habits(rate, dropout_rate, (lifetime * DAY).astype(np.int64))
