"""One chunk of the shop, from random numbers to Arrow tables.

A chunk is a range of accounts with all their events, and its share of guests and anonymous
visitors. Chunks share only the assortment, the campaigns and the calendar, so threads can build
them in any order.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from ecommerce_analytics.generate.accounts import Accounts, draw_accounts
from ecommerce_analytics.generate.arrays import I64, NEVER
from ecommerce_analytics.generate.baskets import Baskets, draw_baskets
from ecommerce_analytics.generate.campaigns import Campaigns
from ecommerce_analytics.generate.columns import (
    Column,
    ids,
    money,
    take,
    timestamps,
    vocabulary,
    words,
)
from ecommerce_analytics.generate.demand import Allocation, Orders, draw_orders
from ecommerce_analytics.generate.lifecycle import CANCELLED, STATUSES, Lifecycle, draw_lifecycle
from ecommerce_analytics.generate.products import Products
from ecommerce_analytics.generate.profiles import (
    Profiles,
    customer_table,
    draw_profiles,
    is_abroad,
    tax_rates,
)
from ecommerce_analytics.generate.refunds import Refunds, draw_refunds
from ecommerce_analytics.generate.shop_calendar import ShopCalendar
from ecommerce_analytics.generate.spec import ShopSpec
from ecommerce_analytics.generate.touches import Touches, credit, draw_touches, touch_table
from ecommerce_analytics.generate.truth import customer_truth

CURRENCY: Final = "USD"


@dataclass(frozen=True)
class World:
    """The data that all chunks share.

    Attributes:
        spec: The shop's parameters.
        calendar: The shop's days.
        products: The assortment.
        campaigns: The campaigns.
        bounds: The accounts of chunk c are `bounds[c]` to `bounds[c + 1]`, from 0.
    """

    spec: ShopSpec
    calendar: ShopCalendar
    products: Products
    campaigns: Campaigns
    bounds: I64

    def accounts(self, chunk: int) -> Accounts:
        """The accounts of `chunk`."""
        first, last = int(self.bounds[chunk]), int(self.bounds[chunk + 1])
        return draw_accounts(self.calendar, self.spec.seed, chunk, self.spec.customers, first, last)

    def orders(self, accounts: Accounts, allocation: Allocation, chunk: int) -> Orders:
        """The orders of `chunk`, whose `accounts` are given."""
        return draw_orders(
            self.calendar,
            accounts,
            self.campaigns,
            allocation.chunks[chunk],
            self.spec.seed,
            chunk,
        )


@dataclass(frozen=True)
class Chunk:
    """The tables of one chunk, and sums that the shop adds up over all chunks.

    Attributes:
        tables: Columns by table. Ids of order items, refunds and touchpoints count from 1 in the
            chunk; the writer shifts them behind those of earlier chunks.
        sold: Units sold, shape (weeks, products).
        realised: Exposures, caused valid orders and their revenue in cents, shape
            (3, campaigns).
    """

    tables: dict[str, list[Column]]
    sold: I64
    realised: I64


def build_chunk(
    world: World, allocation: Allocation, order_offsets: I64, first_guest: int, chunk: int
) -> Chunk:
    """Draw everything of `chunk`.

    Args:
        world: The data that all chunks share.
        allocation: The chunks' shares of the shop.
        order_offsets: The id before the chunk's first order of each day, shape (days,).
        first_guest: The number of the chunk's first guest.
        chunk: The chunk's number.
    """
    calendar, products, seed = world.calendar, world.products, world.spec.seed
    accounts = world.accounts(chunk)
    orders = world.orders(accounts, allocation, chunk)
    profiles = draw_profiles(accounts, orders.guests, first_guest, seed, chunk)
    place = profiles.place[orders.person]
    baskets = draw_baskets(
        calendar, products, orders, tax_rates(place), is_abroad(place), seed, chunk
    )
    by_staff = np.append(accounts.is_test, np.zeros(orders.guests, dtype=np.bool_))[orders.person]
    lifecycle = draw_lifecycle(orders, baskets.goods > 0, by_staff, calendar.end, seed, chunk)
    gift = products.is_gift_card[baskets.product]
    refunds = draw_refunds(baskets, lifecycle, gift, calendar.end, seed, chunk)
    touches = draw_touches(
        calendar,
        accounts,
        profiles.accepts_email,
        world.campaigns,
        orders,
        allocation.chunks[chunk],
        seed,
        chunk,
    )
    credited = credit(touches, orders, seed, chunk)
    day = calendar.day_of(orders.at)
    order_ids = order_offsets[day] + _rank_in_day(day)
    return Chunk(
        tables={
            "customers": customer_table(accounts, profiles, orders, calendar, seed, chunk),
            "orders": _order_table(
                order_ids, orders, accounts, profiles, baskets, lifecycle, credited, calendar
            ),
            "order_items": _item_table(order_ids, orders, baskets, lifecycle, products, calendar),
            "marketing_touchpoints": touch_table(touches, accounts, calendar),
            "refunds": _refund_table(order_ids, refunds, calendar),
            "truth/customers": customer_truth(accounts, profiles, allocation.rate_scale, calendar),
        },
        sold=_sold(world, orders, baskets, lifecycle),
        realised=_realised(world.campaigns, orders, baskets, lifecycle, touches),
    )


def _rank_in_day(day: I64) -> I64:
    """1 for the first order of each day, 2 for the next; `day` is sorted."""
    starts = np.flatnonzero(np.diff(day, prepend=-1))
    first = np.repeat(starts, np.diff(starts, append=len(day)))
    return np.arange(1, len(day) + 1) - first


def _order_table(
    order_ids: I64,
    orders: Orders,
    accounts: Accounts,
    profiles: Profiles,
    baskets: Baskets,
    lifecycle: Lifecycle,
    credited: I64,
    calendar: ShopCalendar,
) -> list[Column]:
    ours = orders.person < orders.accounts
    return [
        ids(order_ids),
        ids(np.where(ours, orders.person + accounts.first_id, NEVER)),
        take(profiles.email, orders.person),
        words(vocabulary(STATUSES), lifecycle.status),
        timestamps(orders.at, calendar.origin),
        timestamps(lifecycle.shipped, calendar.origin, nullable=True),
        timestamps(lifecycle.delivered, calendar.origin, nullable=True),
        timestamps(lifecycle.cancelled, calendar.origin, nullable=True),
        money(baskets.subtotal),
        money(baskets.discounts),
        money(baskets.shipping),
        money(baskets.tax),
        money(baskets.order_total),
        words(vocabulary([CURRENCY]), np.zeros(len(orders), dtype=np.int64)),
        ids(np.where(credited == NEVER, NEVER, credited + 1)),
        pa.array(lifecycle.is_test),
        timestamps(lifecycle.updated, calendar.origin),
    ]


def _item_table(
    order_ids: I64,
    orders: Orders,
    baskets: Baskets,
    lifecycle: Lifecycle,
    products: Products,
    calendar: ShopCalendar,
) -> list[Column]:
    # Lines change only when their order is corrected.
    updated = np.where(lifecycle.corrected, lifecycle.updated, orders.at)
    return [
        ids(np.arange(1, len(baskets) + 1)),
        ids(order_ids[baskets.order]),
        pa.array(baskets.number),
        ids(baskets.product + 1),
        pa.array(baskets.quantity),
        money(baskets.price),
        money(baskets.discount),
        money(baskets.total),
        money(baskets.cost, ~baskets.cost_known),
        pa.array(products.is_gift_card[baskets.product]),
        timestamps(updated[baskets.order], calendar.origin),
    ]


def _refund_table(order_ids: I64, refunds: Refunds, calendar: ShopCalendar) -> list[Column]:
    return [
        ids(np.arange(1, len(refunds) + 1)),
        ids(order_ids[refunds.order]),
        ids(np.where(refunds.line == NEVER, NEVER, refunds.line + 1)),
        pa.array(refunds.quantity),
        money(refunds.goods),
        money(refunds.tax),
        money(refunds.shipping),
        timestamps(refunds.at, calendar.origin),
    ]


def _sold(world: World, orders: Orders, baskets: Baskets, lifecycle: Lifecycle) -> I64:
    """Units sold, by the week of the order."""
    weeks, products = world.calendar.week_count, len(world.products)
    kept = ((lifecycle.status != CANCELLED) & ~lifecycle.is_test)[baskets.order]
    week = world.calendar.weeks[world.calendar.day_of(orders.at)][baskets.order]
    cell = (week * products + baskets.product)[kept]
    units = np.bincount(cell, weights=baskets.quantity[kept], minlength=weeks * products)
    return units.astype(np.int64).reshape(weeks, products)


def _realised(
    campaigns: Campaigns,
    orders: Orders,
    baskets: Baskets,
    lifecycle: Lifecycle,
    touches: Touches,
) -> I64:
    caused = orders.cause_campaign != NEVER
    valid = caused & (lifecycle.status != CANCELLED) & ~lifecycle.is_test
    exposed = np.concatenate((orders.cause_campaign[caused], touches.campaign[touches.idle]))
    cause = orders.cause_campaign[valid]
    revenue = np.bincount(
        cause, weights=(baskets.subtotal - baskets.discounts)[valid], minlength=len(campaigns)
    )
    return np.stack(
        (
            np.bincount(exposed, minlength=len(campaigns)),
            np.bincount(cause, minlength=len(campaigns)),
            np.rint(revenue).astype(np.int64),
        )
    ).astype(np.int64)
