"""Events in progress at the end of the generated shop: parcels, returns and refunds.

The generator cuts every order off at the shop's end. Here the same rules continue it: the remaining
steps, returns and refunds.
"""

from typing import Final

import numpy as np

from ecommerce_analytics.generate.arrays import (
    DAY,
    HOUR,
    I64,
    MINUTE,
    NEVER,
    Purpose,
    generator,
    segment_sums,
)
from ecommerce_analytics.generate.baskets import Baskets
from ecommerce_analytics.generate.demand import Orders
from ecommerce_analytics.generate.lifecycle import (
    CANCELLED,
    DELIVERED,
    PENDING,
    PROCESSING,
    RETURNED,
    SHIPPED,
    STATUSES,
    Lifecycle,
    draw_lifecycle,
)
from ecommerce_analytics.generate.refunds import draw_refunds
from ecommerce_analytics.living.days import Day
from ecommerce_analytics.living.orders import FOREVER, write_plans, write_refunds
from ecommerce_analytics.living.state import Frame, State

_RECENT_DAYS: Final = 75
_CANCEL_SHARE: Final = 0.02
_NEVER_PAID_AFTER: Final = 3 * DAY


def leave_remainders(state: State, end: int) -> None:
    """Plan the remaining events of the shop's orders; the history ends at the second `end`."""
    orders = state.frame(
        """
        select order_id, order_status as status, seconds(ordered_at) as placed_at, is_test,
            seconds(shipped_at) as shipped, seconds(delivered_at) as delivered,
            seconds(cancelled_at) as cancelled, seconds(updated_at) as updated,
            cents(subtotal) as subtotal, cents(discount_total) as discounts,
            cents(shipping_total) as shipping, cents(tax_total) as tax,
            cents(order_total) as order_total
        from raw_data.orders anti join raw_data.refunds using (order_id)
        where order_status in ('pending', 'processing', 'shipped')
            or delivered_at >= instant(?) or cancelled_at >= instant(?)
        order by order_id
        """,
        end - _RECENT_DAYS * DAY,
        end - 5 * DAY,
    )
    items = state.frame(
        """
        with mine as (
            select order_id from raw_data.orders anti join raw_data.refunds using (order_id)
            where order_status in ('pending', 'processing', 'shipped')
                or delivered_at >= instant(?) or cancelled_at >= instant(?)
        )
        select order_item_id, order_id, line_number, product_id,
            cast(quantity as integer) as quantity,
            cents(unit_price) as price, cents(discount) as discount, cents(line_total) as total,
            is_gift_card
        from raw_data.order_items semi join mine using (order_id) order by order_id, line_number
        """,
        end - _RECENT_DAYS * DAY,
        end - 5 * DAY,
    )
    baskets = _baskets(orders, items)
    lifecycle = _go_on(state, orders, baskets, end)
    gift = items["is_gift_card"].astype(np.bool_)
    refunds = draw_refunds(baskets, lifecycle, gift, FOREVER + end, state.seed, _branch(state))
    ours = refunds.at >= end
    day = Day.of(state.manifest.spec.end, state.timezone)
    nowhere = np.zeros(len(orders["order_id"]), dtype=np.int64)
    kept = type(refunds)(
        order=refunds.order[ours],
        line=refunds.line[ours],
        quantity=refunds.quantity[ours],
        goods=refunds.goods[ours],
        tax=refunds.tax[ours],
        shipping=refunds.shipping[ours],
        at=refunds.at[ours] - day.start,
    )
    write_refunds(state, orders["order_id"], items["order_item_id"], kept, day, nowhere)
    write_plans(state, orders["order_id"], lifecycle, orders["placed_at"], 0, nowhere)


def _branch(state: State) -> int:
    """The random chunk for the day before the first: that of the shop's last day."""
    return state.manifest.spec.end.toordinal()


def _baskets(orders: Frame, items: Frame) -> Baskets:
    """Orders and lines from the tables, in the form the generator uses to draw refunds."""
    order: I64 = np.searchsorted(orders["order_id"], items["order_id"])
    count = np.bincount(order, minlength=len(orders["order_id"])).astype(np.int64)
    start = np.cumsum(count) - count
    gift = items["is_gift_card"].astype(np.bool_)
    coupon = orders["discounts"] - segment_sums(items["discount"], start, count)
    goods = segment_sums(np.where(gift, 0, items["total"]), start, count) - coupon
    return Baskets(
        order=order,
        number=items["line_number"].astype(np.int64),
        product=items["product_id"],
        quantity=items["quantity"].astype(np.int64),
        price=items["price"],
        discount=items["discount"],
        total=items["total"],
        cost=items["price"],
        cost_known=np.zeros(len(order), dtype=np.bool_),
        start=start,
        count=count,
        subtotal=orders["subtotal"],
        coupon=coupon,
        discounts=orders["discounts"],
        shipping=orders["shipping"],
        tax=orders["tax"],
        order_total=orders["order_total"],
        goods=goods,
    )


def _go_on(state: State, orders: Frame, baskets: Baskets, end: int) -> Lifecycle:
    """The complete course of each order: the steps taken, then the steps after `end`."""
    at = orders["placed_at"]
    count = len(at)
    status = np.array([STATUSES.index(value) for value in orders["status"]], dtype=np.int64)
    never = np.full(count, NEVER)
    drawn = draw_lifecycle(
        Orders(np.arange(count), at, never, never, count, 0),
        baskets.goods > 0,
        np.zeros(count, dtype=np.bool_),
        end + FOREVER,
        state.seed,
        _branch(state),
    )
    rng = generator(state.seed, Purpose.DAY_START)
    soon = rng.random((3, count))

    def step(wanted: I64, before: I64, part: int, most: int) -> I64:
        """A step after `before` and after the end; the drawn time if it satisfies both."""
        earliest = np.maximum(before + MINUTE, end)
        shifted = earliest + (soon[part] * most).astype(np.int64)
        return np.where(wanted >= earliest, wanted, shifted)

    lost = (status == PENDING) & (at < end - _NEVER_PAID_AFTER)
    paid = np.where(status == PENDING, step(drawn.paid, at, 0, 4 * HOUR), NEVER)
    packed = (status == PENDING) | (status == PROCESSING)
    shipped = np.where(packed, step(drawn.shipped, np.maximum(paid, at), 1, DAY), orders["shipped"])
    on_its_way = packed | (status == SHIPPED)
    delivered = np.where(
        on_its_way, step(drawn.delivered, shipped, 2, 2 * DAY), orders["delivered"]
    )
    cancels = packed & (rng.random(count) < _CANCEL_SHARE) & ~lost
    earliest = np.maximum(at + MINUTE, end)
    cancelled = earliest + ((shipped - earliest) * rng.random(count) * 0.9).astype(np.int64)
    weeks = np.where(drawn.returned == NEVER, NEVER, drawn.returned - drawn.delivered + delivered)
    returns = on_its_way | (status == DELIVERED)
    returned = np.where(returns & ~cancels & ~lost & (weeks >= end), weeks, NEVER)
    open_ = on_its_way & ~lost
    becomes = np.select(
        [cancels | (status == CANCELLED), status == RETURNED, lost, returned != NEVER],
        [CANCELLED, RETURNED, PENDING, RETURNED],
        DELIVERED,
    ).astype(np.int64)
    # Steps taken before the end are in the table already and must not repeat.
    return Lifecycle(
        status=becomes,
        paid=np.where(open_ & ~cancels, paid, NEVER),
        shipped=np.where(lost | cancels, NEVER, shipped),
        delivered=np.where(lost | cancels, NEVER, delivered),
        cancelled=np.where(cancels, cancelled, orders["cancelled"]),
        returned=np.where(status == RETURNED, orders["updated"], returned),
        updated=at,
        corrected=np.zeros(count, dtype=np.bool_),
        is_test=orders["is_test"].astype(np.bool_),
    )
