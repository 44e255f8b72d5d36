"""Weekly stock levels, derived from the units sold."""

from typing import Final

import numpy as np
import pyarrow as pa

from ecommerce_analytics.generate.arrays import I64, Purpose, generator
from ecommerce_analytics.generate.columns import Column, ids
from ecommerce_analytics.generate.products import Products
from ecommerce_analytics.generate.shop_calendar import ShopCalendar

WEEKS_COVERED: Final = 7
REORDER_WEEKS: Final = 2
LEAD_WEEKS: Final = (1, 5)


def inventory_table(
    products: Products, calendar: ShopCalendar, sold: I64, seed: int
) -> list[Column]:
    """The columns of `inventory_levels`: the stock counted each Monday morning.

    A product is reordered when its stock falls below a few weeks of recent sales. Deliveries take
    weeks, so high demand can cause stock-outs. Gift cards have no stock.

    Args:
        products: The assortment.
        calendar: The shop's days.
        sold: Units sold, shape (weeks, products).
        seed: The shop's seed.
    """
    rng = generator(seed, Purpose.INVENTORY)
    weeks, count = sold.shape
    pace = sold.mean(axis=0) + 0.5
    stock = np.rint(pace * rng.uniform(4, 9, count)).astype(np.int64)
    due = np.full(count, -1, dtype=np.int64)
    ordered = np.zeros(count, dtype=np.int64)
    levels = np.zeros((weeks, count), dtype=np.int64)
    for week in range(weeks):
        arrives = due == week
        stock = stock + np.where(arrives, ordered, 0)
        due[arrives] = -1
        levels[week] = stock
        stock = np.maximum(stock - sold[week], 0)
        pace = 0.75 * pace + 0.25 * sold[week]
        lead: I64 = rng.integers(*LEAD_WEEKS, size=(count,))
        reorders = (stock <= np.ceil(pace * REORDER_WEEKS)) & (due < 0) & products.active[week]
        due[reorders] = week + lead[reorders]
        lot = np.ceil(pace * WEEKS_COVERED * rng.uniform(0.8, 1.3, count)) + 3
        ordered = np.where(reorders, lot.astype(np.int64), ordered)
    starts = calendar.week_starts
    mondays = ((calendar.first_day.weekday() + starts) % 7 == 0).reshape(-1, 1)
    counted = products.active & ~products.is_gift_card & mondays
    week_rows, product_rows = np.nonzero(counted)
    return [
        ids(product_rows + 1),
        pa.array(calendar.dates(starts[week_rows])),
        pa.array(levels[week_rows, product_rows].astype(np.int32)),
    ]
