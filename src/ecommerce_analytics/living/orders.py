"""The orders of a day: customers, contents, and planned later steps."""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ecommerce_analytics.generate.arrays import (
    DAY,
    I64,
    NEVER,
    Bool,
    Purpose,
    generator,
)
from ecommerce_analytics.generate.baskets import Baskets, draw_baskets
from ecommerce_analytics.generate.chunks import CURRENCY
from ecommerce_analytics.generate.columns import (
    Column,
    ids,
    money,
    take,
    timestamps,
    vocabulary,
    words,
)
from ecommerce_analytics.generate.demand import Orders
from ecommerce_analytics.generate.lifecycle import Lifecycle, draw_lifecycle
from ecommerce_analytics.generate.profiles import (
    GUEST_HAS_ACCOUNT,
    GUEST_NO_EMAIL,
    is_abroad,
    tax_rates,
)
from ecommerce_analytics.generate.refunds import Refunds, draw_refunds
from ecommerce_analytics.generate.touches import CREDIT_LOST, WINDOW
from ecommerce_analytics.living.days import Day
from ecommerce_analytics.living.demand import draw_known_emails
from ecommerce_analytics.living.people import draw_people
from ecommerce_analytics.living.shelves import Assortment
from ecommerce_analytics.living.state import State

FOREVER: Final = 10 * 365 * DAY
"""What has not happened by then, seconds after an order's day, never does."""

LATEST: Final = 20
"""Days after which the last of a day's orders reaches the warehouse."""

_LATE_SHARE: Final = 0.015
# A small shop has late orders too.
_LATE_LEAST: Final = 0.3
_LATE_MOST: Final = 0.15


def place_orders(state: State, day: Day, assortment: Assortment) -> None:
    """Place the orders intended for the day, and draw all their later steps."""
    intended = state.frame(
        """
        select seq, i.customer_id, moment as placed_at, coalesce(c.email, '') as email,
            coalesce(a.place, -1) as place, coalesce(c.is_test, false) as is_test
        from hidden.intentions as i
        left join raw_data.customers as c using (customer_id)
        left join hidden.accounts as a using (customer_id)
        where moment >= ? and moment < ? order by moment, seq
        """,
        day.start,
        day.end,
    )
    state.execute("delete from hidden.intentions where moment < ?", day.end)
    count = len(intended["seq"])
    if not count:
        return
    rng = generator(state.seed, Purpose.DAY_ORDERS, day.ordinal)
    first = state.take_ids("orders", count)
    order_id = np.arange(first, first + count)
    guest = intended["customer_id"] == NEVER
    email, place = _who(state, order_id, guest, intended["email"], intended["place"], rng)
    never = np.full(count, NEVER)
    orders = Orders(
        person=np.arange(count),
        at=intended["placed_at"] - day.start,
        cause_campaign=never,
        cause_at=never,
        accounts=count,
        guests=0,
    )
    baskets = draw_baskets(
        day.calendar,
        assortment.products,
        orders,
        tax_rates(place),
        is_abroad(place),
        state.seed,
        day.ordinal,
    )
    by_staff = intended["is_test"].astype(np.bool_)
    lifecycle = draw_lifecycle(
        orders, baskets.goods > 0, by_staff, FOREVER, state.seed, day.ordinal
    )
    gift = assortment.is_gift_card[baskets.product]
    refunds = draw_refunds(baskets, lifecycle, gift, FOREVER, state.seed, day.ordinal)
    person = np.where(guest, -intended["seq"], intended["customer_id"])
    credited = _credit(state, day, person, intended["placed_at"], rng)
    late = rng.random(count) < max(_LATE_SHARE, min(_LATE_MOST, _LATE_LEAST / count))
    arrives = day.ordinal + np.where(late, rng.integers(1, LATEST + 1, count), 0)

    placed = timestamps(intended["placed_at"], 0)
    state.insert(
        "raw_data.orders",
        order_id=order_id,
        customer_id=ids(intended["customer_id"]),
        email=email,
        order_status=_repeat("pending", count),
        ordered_at=placed,
        subtotal=money(baskets.subtotal),
        discount_total=money(baskets.discounts),
        shipping_total=money(baskets.shipping),
        tax_total=money(baskets.tax),
        order_total=money(baskets.order_total),
        currency=_repeat(CURRENCY, count),
        campaign_id=ids(credited),
        is_test=lifecycle.is_test,
        updated_at=placed,
        arrives_on=arrives.astype(np.int32),
        changed_on=np.full(count, day.ordinal, dtype=np.int32),
    )
    first_item = _insert_items(state, day, order_id, baskets, assortment, placed, arrives)
    write_plans(state, order_id, lifecycle, intended["placed_at"], day.start, arrives)
    write_refunds(state, order_id, first_item + np.arange(len(baskets)), refunds, day, arrives)
    _remember(state, intended["customer_id"], intended["placed_at"])


def _repeat(value: str, count: int) -> Column:
    return words(vocabulary([value]), np.zeros(count, dtype=np.int64))


def _who(
    state: State,
    order_id: I64,
    guest: Bool,
    email: NDArray[Any],
    place: I64,
    rng: np.random.Generator,
) -> tuple[Column, I64]:
    """The address given with each order, and its destination. Some guests have an account."""
    given = pa.array(email, pa.string(), mask=email == "")
    rows = np.flatnonzero(guest)
    strangers = draw_people(order_id[rows], "-", GUEST_NO_EMAIL, rng)
    has_account = rng.random(len(rows)) < GUEST_HAS_ACCOUNT
    known = draw_known_emails(state, int(has_account.sum()), rng)
    typed = strangers.email
    if len(known):
        typed = pc.replace_with_mask(typed, pa.array(has_account), known)
    where = place.copy()
    where[rows] = strangers.place
    if len(rows):
        given = pc.replace_with_mask(given, pa.array(guest), typed)
    return given, where


def _credit(state: State, day: Day, person: I64, at: I64, rng: np.random.Generator) -> I64:
    """The campaign that the shop system credits with each order, by the generator's rule."""
    count = len(person)
    credited = np.full(count, NEVER)
    with state.given("placed", {"row": np.arange(count), "person": person, "placed_at": at}):
        found = state.frame(
            """
            select row, campaign_id from (
                select row, campaign_id, row_number() over (
                    partition by row order by moment desc, campaign_id desc
                ) as back
                from placed join hidden.touches using (person)
                where campaign_id is not null and arrives_on <= ?
                    and moment < placed_at and moment >= placed_at - ?
            ) where back = 1 order by row
            """,
            day.ordinal,
            WINDOW,
        )
    credited[found["row"]] = found["campaign_id"]
    return np.where(rng.random(count) >= CREDIT_LOST, credited, NEVER)


def _insert_items(
    state: State,
    day: Day,
    order_id: I64,
    baskets: Baskets,
    assortment: Assortment,
    placed: Column,
    arrives: I64,
) -> int:
    count = len(baskets)
    first = state.take_ids("order_items", count)
    state.insert(
        "raw_data.order_items",
        order_item_id=np.arange(first, first + count),
        order_id=order_id[baskets.order],
        line_number=baskets.number,
        product_id=assortment.product_id[baskets.product],
        quantity=baskets.quantity,
        unit_price=money(baskets.price),
        discount=money(baskets.discount),
        line_total=money(baskets.total),
        unit_cost=money(baskets.cost, ~baskets.cost_known),
        is_gift_card=assortment.is_gift_card[baskets.product],
        updated_at=take(placed, baskets.order),
        arrives_on=arrives[baskets.order].astype(np.int32),
        changed_on=np.full(count, day.ordinal, dtype=np.int32),
    )
    return first


def write_plans(
    state: State, order_id: I64, lifecycle: Lifecycle, ordered: I64, origin: int, arrives: I64
) -> None:
    """Store the future steps of the orders, in seconds after `origin`."""

    def instant(seconds: I64) -> I64:
        return np.where(seconds == NEVER, NEVER, seconds + origin)

    state.insert(
        "hidden.plans",
        order_id=order_id,
        ordered=ordered,
        paid=instant(lifecycle.paid),
        shipped=instant(lifecycle.shipped),
        delivered=instant(lifecycle.delivered),
        cancelled=instant(lifecycle.cancelled),
        returned=instant(lifecycle.returned),
        arrives_on=arrives.astype(np.int32),
    )


def write_refunds(
    state: State, order_id: I64, item_id: I64, refunds: Refunds, day: Day, arrives: I64
) -> None:
    """Store the future refunds, in seconds after the start of `day`.

    Args:
        state: The simulation state.
        order_id: The ids of the orders that `refunds` counts.
        item_id: The ids of the lines that it counts.
        refunds: The refunds.
        day: The day from which seconds are counted.
        arrives: The day on which each order reaches the warehouse; no refund comes before it.
    """
    count = len(refunds)
    at = refunds.at + day.start
    state.insert(
        "hidden.refunds",
        seq=state.take_ids("hidden.refunds", count) + np.arange(count),
        order_id=order_id[refunds.order],
        order_item_id=ids(np.where(refunds.line == NEVER, NEVER, item_id[refunds.line])),
        quantity=refunds.quantity,
        goods_amount=money(refunds.goods),
        tax_amount=money(refunds.tax),
        shipping_amount=money(refunds.shipping),
        moment=at,
        arrives_on=arrives[refunds.order].astype(np.int32),
    )


def _remember(state: State, customer_id: I64, at: I64) -> None:
    """Count the orders of each account, for its segment."""
    with state.given("placed", {"customer_id": customer_id, "moment": at}):
        state.execute(
            """
            update hidden.accounts set placed = accounts.placed + news.orders,
                last_ordered = news.last_ordered
            from (
                select customer_id, count(*) as orders, max(moment) as last_ordered
                from placed where customer_id > 0 group by customer_id
            ) as news where news.customer_id = accounts.customer_id
            """
        )
