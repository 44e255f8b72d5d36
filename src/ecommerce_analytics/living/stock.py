"""The stock count of each Monday morning, continuing the generator's inventory."""

from typing import Final

import numpy as np
import pyarrow as pa

from ecommerce_analytics.generate.arrays import DAY, Purpose, generator
from ecommerce_analytics.generate.inventory import LEAD_WEEKS, REORDER_WEEKS, WEEKS_COVERED
from ecommerce_analytics.living.days import Day
from ecommerce_analytics.living.shelves import Assortment
from ecommerce_analytics.living.state import State

_WEEK: Final = 7


def count_stock(state: State, day: Day, assortment: Assortment) -> None:
    """On a Monday: subtract sales, add deliveries, and count."""
    if day.date.weekday() != 0:
        return
    rng = generator(state.seed, Purpose.DAY_STOCK, day.ordinal)
    stock = state.frame(
        """
        select product_id, stock, pace, due_on, lot, coalesce(units, 0) as sold
        from hidden.stock left join (
            select product_id, cast(sum(quantity) as bigint) as units
            from raw_data.order_items join raw_data.orders using (order_id)
            where ordered_at >= instant(?) and ordered_at < instant(?)
                and order_status <> 'cancelled' and not orders.is_test
            group by product_id
        ) using (product_id)
        order by product_id
        """,
        day.start - _WEEK * DAY,
        day.start,
    )
    keys, sold, due = stock["product_id"], stock["sold"], stock["due_on"]
    count = len(keys)
    row = np.searchsorted(assortment.product_id, keys)
    active = assortment.active[row] & ~assortment.is_gift_card[row]
    arrived = (due > 0) & (due <= day.ordinal)
    level = np.maximum(stock["stock"] - sold, 0) + np.where(arrived, stock["lot"], 0)
    due = np.where(arrived, 0, due)
    pace = 0.75 * stock["pace"] + 0.25 * sold
    reorders = (level <= np.ceil(pace * REORDER_WEEKS)) & (due == 0) & active
    lead = rng.integers(*LEAD_WEEKS, size=count) * _WEEK
    lot = np.ceil(pace * WEEKS_COVERED * rng.uniform(0.8, 1.3, count)).astype(np.int64) + 3
    given = {
        "product_id": keys,
        "stock": level,
        "pace": pace,
        "due_on": np.where(reorders, day.ordinal + lead, due).astype(np.int32),
        "lot": np.where(reorders, lot, stock["lot"]),
    }
    with state.given("given", given):
        state.execute(
            """
            update hidden.stock set stock = given.stock, pace = given.pace, lot = given.lot,
                due_on = given.due_on
            from given where given.product_id = stock.product_id
            """
        )
    counted = np.flatnonzero(active)
    days = np.full(len(counted), day.ordinal, dtype=np.int32)
    state.insert(
        "raw_data.inventory_levels",
        product_id=keys[counted],
        level_date=pa.array([day.date] * len(counted), pa.date32()),
        on_hand=level[counted].astype(np.int32),
        arrives_on=days,
        changed_on=days,
    )
