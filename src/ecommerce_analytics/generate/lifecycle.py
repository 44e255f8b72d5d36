"""Each order's status on the shop's last day, and the times of its status changes."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ecommerce_analytics.generate.arrays import (
    DAY,
    HOUR,
    I64,
    MINUTE,
    NEVER,
    Bool,
    Purpose,
    generator,
)
from ecommerce_analytics.generate.demand import Orders

STATUSES: Final = ("pending", "processing", "shipped", "delivered", "cancelled", "returned")
PENDING, PROCESSING, SHIPPED, DELIVERED, CANCELLED, RETURNED = range(len(STATUSES))

_CANCELLED_SHARE: Final = 0.041
_RETURNED_SHARE: Final = 0.034
_NEVER_PAID: Final = 0.0008
_CORRECTED_SHARE: Final = 0.012
_TEST_SHARE: Final = 0.002


@dataclass(frozen=True)
class Lifecycle:
    """The status history of one chunk's orders; arrays of shape (orders,), times in seconds.

    Attributes:
        status: Index into `STATUSES` at the shop's end.
        paid, shipped, delivered, cancelled, returned: When, or `NEVER`.
        updated: When the order's record last changed; after the last status if it was corrected.
        corrected: Whether it was corrected.
        is_test: Whether it is a test order.
    """

    status: I64
    paid: I64
    shipped: I64
    delivered: I64
    cancelled: I64
    returned: I64
    updated: I64
    corrected: Bool
    is_test: Bool


def draw_lifecycle(
    orders: Orders, returnable: Bool, by_staff: Bool, end: int, seed: int, chunk: int
) -> Lifecycle:
    """Simulate each order's statuses until `end`.

    Args:
        orders: The chunk's orders.
        returnable: Whether the order contains goods that can be returned.
        by_staff: Whether a test account placed the order.
        end: Seconds at the end of the shop's last day.
        seed: The shop's seed.
        chunk: The chunk's number.
    """
    rng = generator(seed, Purpose.LIFECYCLE, chunk)
    count, at = len(orders), orders.at
    paid = at + _lag(rng, count, 50 * MINUTE, 1.3)
    # A few are never paid and stay pending.
    paid[rng.random(count) < _NEVER_PAID] = end
    shipped = paid + _lag(rng, count, 26 * HOUR, 0.6)
    delivered = shipped + _lag(rng, count, 3 * DAY, 0.45)
    returned = delivered + _lag(rng, count, 13 * DAY, 0.5)
    # Customers cancel while the parcel is being packed.
    cancelled = at + ((shipped - at) * rng.uniform(0.02, 0.95, count)).astype(np.int64)
    cancels = (rng.random(count) < _CANCELLED_SHARE) & (cancelled < end)
    returns = (rng.random(count) < _RETURNED_SHARE) & returnable & (returned < end) & ~cancels
    shipped = np.where(cancels | (shipped >= end), NEVER, shipped)
    delivered = np.where((shipped == NEVER) | (delivered >= end), NEVER, delivered)
    cancelled = np.where(cancels, cancelled, NEVER)
    returned = np.where(returns, returned, NEVER)
    paid = np.where(cancels | (paid >= end), NEVER, paid)
    status = np.select(
        [cancels, returns, delivered != NEVER, shipped != NEVER, paid != NEVER],
        [CANCELLED, RETURNED, DELIVERED, SHIPPED, PROCESSING],
        PENDING,
    ).astype(np.int64)
    last = np.maximum.reduce([at, paid, shipped, delivered, cancelled, returned])
    fixed = last + HOUR + (rng.exponential(24.0, count) * DAY).astype(np.int64)
    corrected = (rng.random(count) < _CORRECTED_SHARE) & (fixed < end)
    return Lifecycle(
        status=status,
        paid=paid,
        shipped=shipped,
        delivered=delivered,
        cancelled=cancelled,
        returned=returned,
        updated=np.where(corrected, fixed, last),
        corrected=corrected,
        is_test=by_staff | (rng.random(count) < _TEST_SHARE),
    )


def _lag(rng: np.random.Generator, count: int, median: int, spread: float) -> I64:
    """Log-normal lags in whole seconds, at least one minute."""
    return np.maximum(rng.lognormal(np.log(median), spread, count), MINUTE).astype(np.int64)
