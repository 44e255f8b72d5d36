"""Later corrections of orders: quantities, prices, lines never sent, refunds.

Only orders without past or planned refunds are corrected, because a refund is a share of the amount
paid.
"""

from typing import Final

import numpy as np

from ecommerce_analytics.generate.arrays import DAY, I64, Bool, Purpose, generator
from ecommerce_analytics.generate.columns import money, timestamps
from ecommerce_analytics.living.changes import how_many, log
from ecommerce_analytics.living.days import Day
from ecommerce_analytics.living.state import State, Values

_SHARE: Final = 0.012
_LEAST: Final = 0.5
_OLD: Final = 0.15
_RECENT_DAYS: Final = 60
_TAKEN_BACK: Final = 0.01
_TAKEN_BACK_LEAST: Final = 0.2
_MONTH: Final = 30
_KINDS: Final = ("quantity corrected", "price corrected", "line removed")
_QUANTITY, _PRICE, _LINE = range(len(_KINDS))
_KIND_SHARES: Final = (0.45, 0.85)
_LEAST_PRICE: Final = 100


def correct_orders(state: State, day: Day) -> None:
    """Correct the day's order lines and update the orders' totals."""
    rng = generator(state.seed, Purpose.DAY_CORRECTIONS, day.ordinal)
    recent = _candidates(state, day, day.start - _RECENT_DAYS * DAY, day.start)
    count = how_many(len(recent) / _RECENT_DAYS * _SHARE, _LEAST, len(recent), rng)
    past = int(rng.binomial(count, _OLD))
    chosen = rng.choice(recent, count - past, replace=False) if count else recent[:0]
    if past:
        opened = state.value("select min(seconds(ordered_at)) from raw_data.orders")
        since = int(opened + (day.start - opened) * rng.random())
        old = _candidates(state, day, since, since + 15 * DAY)
        old = old[~np.isin(old, chosen)]
        picked = rng.choice(old, min(past, len(old)), replace=False) if len(old) else old
        chosen = np.concatenate((chosen, picked))
    if len(chosen):
        _correct(state, day, np.sort(chosen), rng)
    _take_back_refunds(state, day, rng)


def _candidates(state: State, day: Day, since: int, until: int) -> I64:
    """Recent orders in progress or completed, with goods and without refunds."""
    return state.frame(
        """
        select order_id from raw_data.orders
        semi join (select order_id from raw_data.order_items where not is_gift_card) as goods
            using (order_id)
        anti join raw_data.refunds using (order_id)
        anti join hidden.refunds using (order_id)
        where ordered_at >= instant(?) and ordered_at < instant(?) and arrives_on < ?
            and order_status in ('processing', 'shipped', 'delivered')
        order by order_id
        """,
        since,
        until,
        day.ordinal,
    )["order_id"]


def _correct(state: State, day: Day, order_id: I64, rng: np.random.Generator) -> None:
    count = len(order_id)
    with state.given("chosen", {"order_id": order_id}):
        lines = state.frame(
            """
            select order_id, order_item_id, line_number,
                cast(quantity as integer) as quantity, cents(unit_price) as price,
                cents(discount) as discount, cents(line_total) as total, is_gift_card as gift,
                line_number = max(line_number) over (partition by order_id) as last
            from raw_data.order_items semi join chosen using (order_id)
            order by order_id, line_number
            """
        )
        orders = state.frame(
            """
            select order_id, cents(subtotal) as subtotal, cents(discount_total) as discounts,
                cents(shipping_total) as shipping, cents(tax_total) as tax
            from raw_data.orders semi join chosen using (order_id) order by order_id
            """
        )
    order = np.searchsorted(order_id, lines["order_id"])
    gift = lines["gift"].astype(np.bool_)
    goods = np.bincount(order, weights=np.where(gift, 0, lines["total"]), minlength=count)
    spare = np.bincount(order, weights=lines["discount"], minlength=count)
    coupon = orders["discounts"] - spare.astype(np.int64)
    paid = goods.astype(np.int64) - coupon
    drawn = rng.random(count)
    kind = np.searchsorted(_KIND_SHARES, drawn, side="right")
    last = lines["last"].astype(np.bool_)
    several = np.bincount(order, weights=~gift, minlength=count) > 1
    takes_off = (kind == _LINE) & several & ~gift[last]
    kind = np.where((kind == _LINE) & ~takes_off, _QUANTITY, kind)
    row = _pick(order, last, gift, takes_off, rng.random(len(order)), count)

    quantity, price = lines["quantity"][row].astype(np.int64), lines["price"][row]
    discount, total = lines["discount"][row], lines["total"][row]
    fewer = (quantity > 1) & (rng.random(count) < 0.5)
    new_quantity = np.where(kind == _QUANTITY, quantity + np.where(fewer, -1, 1), quantity)
    factor = np.where(rng.random(count) < 0.7, rng.uniform(0.8, 0.95, count), 1.06)
    cut = np.maximum(np.rint(price * factor).astype(np.int64), _LEAST_PRICE)
    cut = np.where(cut == price, price + 100, cut)
    new_price = np.where(kind == _PRICE, cut, price)
    # If the coupon would exceed what is left, one more unit was sent instead.
    left = (
        paid
        - total
        + new_quantity * new_price * (quantity * price - discount) // (quantity * price)
    )
    left = np.where(takes_off, paid - total, left)
    too_little = left <= 0
    kind = np.where(too_little, _QUANTITY, kind)
    takes_off &= ~too_little
    new_quantity = np.where(too_little, quantity + 1, new_quantity)
    new_price = np.where(too_little, price, new_price)
    gross = np.where(takes_off, 0, new_quantity * new_price)
    new_discount = gross * discount // (quantity * price)
    paid_now = paid - total + gross - new_discount
    subtotal = orders["subtotal"] - quantity * price + gross
    discounts = orders["discounts"] - discount + new_discount
    tax = (orders["tax"] * paid_now + paid // 2) // np.maximum(paid, 1)
    at = day.office_hours(count, rng)
    _write_lines(state, day, lines["order_item_id"][row], takes_off, new_quantity, new_price,
                 new_discount, at)  # fmt: skip
    _write_totals(state, day, order_id, subtotal, discounts, orders["shipping"], tax, at)
    for number, name in enumerate(_KINDS):
        mine = kind == number
        log(state, day, name, "orders", order_id[mine], at[mine])


def _pick(
    order: I64,
    last: Bool,
    gift: Bool,
    takes_off: Bool,
    drawn: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    count: int,
) -> I64:
    """The row of each order's line to correct: the last line if one is removed, else any goods."""
    wanted = np.where(takes_off[order], last, ~gift)
    rank = np.lexsort((np.where(wanted, drawn, 2.0), order))
    first = np.searchsorted(order[rank], np.arange(count))
    return rank[first]


def _write_lines(
    state: State,
    day: Day,
    keys: I64,
    takes_off: Bool,
    quantity: I64,
    price: I64,
    discount: I64,
    at: I64,
) -> None:
    kept = ~takes_off
    given: dict[str, Values] = {
        "order_item_id": keys[kept],
        "quantity": quantity[kept],
        "unit_price": money(price[kept]),
        "discount": money(discount[kept]),
        "line_total": money((quantity * price - discount)[kept]),
        "updated_at": timestamps(at[kept], 0),
    }
    with state.given("given", given):
        state.execute(
            """
            update raw_data.order_items set quantity = given.quantity,
                unit_price = given.unit_price, discount = given.discount,
                line_total = given.line_total, updated_at = given.updated_at, changed_on = ?
            from given where given.order_item_id = order_items.order_item_id
            """,
            day.ordinal,
        )
    with state.given("gone", {"order_item_id": keys[takes_off]}):
        state.execute(
            "insert into hidden.deletions select 'order_items', order_item_id, null from gone"
        )
        state.execute(
            "delete from raw_data.order_items "
            "where order_item_id in (select order_item_id from gone)"
        )


def _write_totals(
    state: State,
    day: Day,
    keys: I64,
    subtotal: I64,
    discounts: I64,
    shipping: I64,
    tax: I64,
    at: I64,
) -> None:
    given: dict[str, Values] = {
        "order_id": keys,
        "subtotal": money(subtotal),
        "discount_total": money(discounts),
        "tax_total": money(tax),
        "order_total": money(subtotal - discounts + shipping + tax),
        "updated_at": timestamps(at, 0),
    }
    with state.given("given", given):
        state.execute(
            """
            update raw_data.orders set subtotal = given.subtotal,
                discount_total = given.discount_total, tax_total = given.tax_total,
                order_total = given.order_total,
                updated_at = greatest(orders.updated_at, given.updated_at), changed_on = ?
            from given where given.order_id = orders.order_id
            """,
            day.ordinal,
        )


def _take_back_refunds(state: State, day: Day, rng: np.random.Generator) -> None:
    """Delete refunds that were booked by mistake; a returned order keeps its refund."""
    refunds = state.frame(
        """
        select refund_id from raw_data.refunds join raw_data.orders using (order_id)
        where refunded_at >= instant(?) and refunds.arrives_on < ? and order_status <> 'returned'
        order by refund_id
        """,
        day.start - _MONTH * DAY,
        day.ordinal,
    )["refund_id"]
    count = how_many(len(refunds) / _MONTH * _TAKEN_BACK, _TAKEN_BACK_LEAST, len(refunds), rng)
    keys = np.sort(rng.choice(refunds, count, replace=False)) if count else refunds[:0]
    with state.given("gone", {"refund_id": keys}):
        state.execute("insert into hidden.deletions select 'refunds', refund_id, null from gone")
        state.execute(
            "delete from raw_data.refunds where refund_id in (select refund_id from gone)"
        )
    log(state, day, "refund taken back", "refunds", keys, day.office_hours(count, rng))
