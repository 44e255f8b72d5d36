"""Refunds: for cancelled orders, returned orders, returned lines, and as goodwill."""

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
    segment_sums,
)
from ecommerce_analytics.generate.baskets import Baskets
from ecommerce_analytics.generate.lifecycle import CANCELLED, DELIVERED, RETURNED, Lifecycle

_CANCELLED_PAID: Final = 0.6
_LINE_RETURNED: Final = 0.03
_GOODWILL: Final = 0.009
_GOODWILL_SHIPPING: Final = 0.3


@dataclass(frozen=True)
class Refunds:
    """The refunds of one chunk, by time; shape (refunds,), money in cents.

    Attributes:
        order: Row of the order.
        line: Row of the line, or `NEVER` for the order as a whole.
        quantity: Units returned.
        goods, tax, shipping: Money refunded.
        at: Seconds.
    """

    order: I64
    line: I64
    quantity: I64
    goods: I64
    tax: I64
    shipping: I64
    at: I64

    def __len__(self) -> int:
        """Number of refunds."""
        return len(self.order)


def draw_refunds(
    baskets: Baskets, lifecycle: Lifecycle, gift: Bool, end: int, seed: int, chunk: int
) -> Refunds:
    """Draw the refunds paid before `end`.

    An order is refunded in only one way, so that refunds never exceed the payment: completely if
    cancelled or returned, else some lines, else as goodwill. Gift cards are never refunded. `gift`
    marks the gift card lines.
    """
    rng = generator(seed, Purpose.REFUNDS, chunk)
    count = len(lifecycle.status)
    net, tax = _paid_for_lines(baskets, gift)
    returned = (lifecycle.status == RETURNED)[baskets.order] & ~gift
    delivered = (lifecycle.status == DELIVERED)[baskets.order] & ~gift
    picked = delivered & (rng.random(len(baskets)) < _LINE_RETURNED)
    line = np.flatnonzero(returned | picked)
    units = baskets.quantity[line]
    part = 1 + np.floor(rng.random(len(line)) * units).astype(np.int64)
    sent_back = np.where(returned[line], units, part)
    of_lines = Refunds(
        order=baskets.order[line],
        line=line,
        quantity=sent_back,
        goods=net[line] * sent_back // units,
        tax=tax[line] * sent_back // units,
        shipping=np.zeros(len(line), dtype=np.int64),
        at=_after_return(lifecycle, baskets.order[line], rng),
    )
    touched = np.zeros(count, dtype=np.bool_)
    touched[of_lines.order] = True
    paid = baskets.order_total > 0
    cancelled = np.flatnonzero(
        (lifecycle.status == CANCELLED) & paid & (rng.random(count) < _CANCELLED_PAID)
    )
    gesture = np.flatnonzero(
        (lifecycle.status == DELIVERED)
        & (baskets.goods > 0)
        & ~touched
        & (rng.random(count) < _GOODWILL)
    )
    back = cancelled[baskets.goods[cancelled] > 0]
    of_cancelled = Refunds(
        order=back,
        line=np.full(len(back), NEVER),
        quantity=np.zeros(len(back), dtype=np.int64),
        goods=baskets.goods[back],
        tax=baskets.tax[back],
        shipping=baskets.shipping[back],
        at=lifecycle.cancelled[back] + rng.integers(5 * MINUTE, 4 * DAY, len(back)),
    )
    of_goodwill = _goodwill(baskets, lifecycle, gesture, rng)
    return _in_time([of_lines, of_cancelled, of_goodwill], end)


def _paid_for_lines(baskets: Baskets, gift: Bool) -> tuple[I64, I64]:
    """The payment for each line's goods, net of its share of the coupon, and its tax.

    Shares are rounded down; the coupon's odd cents go to the order's largest line.
    """
    total = np.where(gift, 0, baskets.total)
    before = np.maximum((baskets.goods + baskets.coupon)[baskets.order], 1)
    coupon = baskets.coupon[baskets.order] * total // before
    short = baskets.coupon - segment_sums(coupon, baskets.start, baskets.count)
    odd = short[baskets.order]
    # Only orders with odd cents need the ranking.
    rows = np.flatnonzero(odd > 0)
    ranked = rows[np.lexsort((rows, -total[rows], baskets.order[rows]))]
    largest = ranked[np.diff(baskets.order[ranked], prepend=-1) > 0]
    coupon[largest] += odd[largest]
    net = total - coupon
    goods = np.maximum(baskets.goods[baskets.order], 1)
    return net, baskets.tax[baskets.order] * net // goods


def _after_return(lifecycle: Lifecycle, order: I64, rng: np.random.Generator) -> I64:
    """Days after a full return, or weeks after delivery for a partial one."""
    handled = rng.integers(HOUR, 5 * DAY, len(order))
    weeks = np.maximum(rng.lognormal(np.log(14), 0.55, len(order)) * DAY, DAY).astype(np.int64)
    returned = lifecycle.returned[order]
    return np.where(returned != NEVER, returned + handled, lifecycle.delivered[order] + weeks)


def _goodwill(
    baskets: Baskets, lifecycle: Lifecycle, order: I64, rng: np.random.Generator
) -> Refunds:
    """Goodwill: the shipping if it was paid, or a part of the price with its tax."""
    shipping = baskets.shipping[order]
    only_shipping = (shipping > 0) & (rng.random(len(order)) < _GOODWILL_SHIPPING)
    percent = rng.integers(2, 6, len(order)) * 5
    none = np.full(len(order), NEVER)
    return Refunds(
        order=order,
        line=none,
        quantity=np.zeros(len(order), dtype=np.int64),
        goods=np.where(only_shipping, 0, baskets.goods[order] * percent // 100),
        tax=np.where(only_shipping, 0, baskets.tax[order] * percent // 100),
        shipping=np.where(only_shipping, shipping, 0),
        at=lifecycle.delivered[order] + rng.integers(4 * HOUR, 30 * DAY, len(order)),
    )


def _in_time(parts: list[Refunds], end: int) -> Refunds:
    """The refunds of all kinds paid before `end`, by time."""
    at = np.concatenate([part.at for part in parts])
    order = np.argsort(at, kind="stable")
    order = order[at[order] < end]

    def column(name: str) -> I64:
        values: I64 = np.concatenate([getattr(part, name) for part in parts])[order]
        return values

    return Refunds(
        order=column("order"),
        line=column("line"),
        quantity=column("quantity"),
        goods=column("goods"),
        tax=column("tax"),
        shipping=column("shipping"),
        at=at[order],
    )
