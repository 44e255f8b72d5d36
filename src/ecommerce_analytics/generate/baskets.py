"""The content of each order: lines, prices, discounts, shipping and tax, in integer cents."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ecommerce_analytics.generate.arrays import (
    I64,
    Bool,
    Choices,
    Purpose,
    generator,
    segment_sums,
)
from ecommerce_analytics.generate.demand import Orders
from ecommerce_analytics.generate.products import PARTNERS, Products
from ecommerce_analytics.generate.shop_calendar import ShopCalendar

_LINES: Final = np.array([0.345, 0.25, 0.17, 0.115, 0.065, 0.035, 0.02])
_QUANTITIES: Final = np.array([0.83, 0.115, 0.035, 0.02])
_NO_LINES: Final = 0.0005
_PARTNER_LINE: Final = 0.34
_DISCOUNTED: Final = 0.09
_DISCOUNTED_IN_SALE: Final = 0.48
_COUPON: Final = 0.085
_COST_LOST: Final = 0.012
_LINE_PERCENT: Final = np.array([5, 10, 15, 20, 25, 30])
_LINE_PERCENT_SHARES: Final = np.array([0.1, 0.3, 0.2, 0.25, 0.05, 0.1])
_FREE_SHIPPING_CENTS: Final = 7_500
_DOMESTIC_CENTS: Final = np.array([495, 795])
_ABROAD_CENTS: Final = 1_695
_TAX_UNIT: Final = 100_000


@dataclass(frozen=True)
class Baskets:
    """The lines of one chunk's orders, order by order, and the orders' money.

    Per line, shape (lines,): `order` (row of the order), `number` (from 1), `product` (index),
    `quantity`, in cents `price`, `discount`, `total` and `cost` (of one unit), `cost_known`.

    Per order, shape (orders,): `start` and `count` of its lines, and in cents `subtotal`,
    `coupon` (the order's own discount), `discounts` (with the lines'), `shipping`, `tax` and
    `order_total`;
    `goods` is the payment for goods before tax: without gift cards, net of all discounts.
    """

    order: I64
    number: I64
    product: I64
    quantity: I64
    price: I64
    discount: I64
    total: I64
    cost: I64
    cost_known: Bool
    start: I64
    count: I64
    subtotal: I64
    coupon: I64
    discounts: I64
    shipping: I64
    tax: I64
    order_total: I64
    goods: I64

    def __len__(self) -> int:
        """Number of lines."""
        return len(self.order)


def draw_baskets(
    calendar: ShopCalendar,
    products: Products,
    orders: Orders,
    tax_rate: I64,
    abroad: Bool,
    seed: int,
    chunk: int,
) -> Baskets:
    """Fill the orders.

    Args:
        calendar: The shop's days.
        products: The assortment.
        orders: The chunk's orders.
        tax_rate: Tax at each order's destination, in hundred-thousandths.
        abroad: Whether each order leaves the shop's country.
        seed: The shop's seed.
        chunk: The chunk's number.
    """
    rng = generator(seed, Purpose.BASKETS, chunk)
    day = calendar.day_of(orders.at)
    week = calendar.weeks[day]
    order, product = _draw_lines(products, week, rng)
    count = np.bincount(order, minlength=len(orders))
    start = np.cumsum(count) - count
    number = np.arange(1, len(order) + 1) - start[order]
    line_week = week[order]
    gift = products.is_gift_card[product]
    price = products.price[line_week, product]
    quantity = Choices.of(_QUANTITIES).draw(rng.random(len(order))) + 1
    # Expensive products are bought alone.
    quantity[gift | (price > 9_000)] = 1
    gross = quantity * price
    on_sale = np.where(calendar.sale_days[day], _DISCOUNTED_IN_SALE, _DISCOUNTED)[order]
    percent = _LINE_PERCENT[Choices.of(_LINE_PERCENT_SHARES).draw(rng.random(len(order)))]
    discounted = (rng.random(len(order)) < on_sale) & ~gift
    discount = np.where(discounted, gross * percent // 100, 0)
    total = gross - discount

    subtotal = segment_sums(gross, start, count)
    goods = segment_sums(np.where(gift, 0, total), start, count)
    coupon = _coupons(goods, rng)
    goods -= coupon
    tier = _DOMESTIC_CENTS[(rng.random(len(orders)) < 0.2).astype(np.int64)]
    shipping = np.where(abroad, _ABROAD_CENTS, tier)
    free = (goods == 0) | (~abroad & (goods >= _FREE_SHIPPING_CENTS))
    shipping[free] = 0
    tax = (goods * tax_rate + _TAX_UNIT // 2) // _TAX_UNIT
    discounts = segment_sums(discount, start, count) + coupon
    return Baskets(
        order=order,
        number=number,
        product=product,
        quantity=quantity,
        price=price,
        discount=discount,
        total=total,
        cost=products.cost[line_week, product],
        cost_known=products.cost_known[product] & (rng.random(len(order)) >= _COST_LOST),
        start=start,
        count=count,
        subtotal=subtotal,
        coupon=coupon,
        discounts=discounts,
        shipping=shipping,
        tax=tax,
        order_total=subtotal - discounts + shipping + tax,
        goods=goods,
    )


def _draw_lines(products: Products, week: I64, rng: np.random.Generator) -> tuple[I64, I64]:
    """The order and the product of each line; no product is twice in an order."""
    lines = Choices.of(_LINES).draw(rng.random(len(week))) + 1
    lines[rng.random(len(week)) < _NO_LINES] = 0
    order = np.repeat(np.arange(len(week)), lines)
    line_week = week[order]
    product = products.demand.draw(rng.random(len(order)), line_week)
    start = np.cumsum(lines) - lines
    first = product[start[order]] if len(order) else product
    partner = products.partners[first, rng.integers(0, PARTNERS, len(order))]
    leads = np.zeros(len(order), dtype=np.bool_)
    leads[start[lines > 0]] = True
    # Complements are bought only in season and while in the assortment.
    pull = _PARTNER_LINE * products.season[line_week, partner]
    swap = (rng.random(len(order)) < pull) & ~leads
    product = np.where(swap, partner, product)
    repeated = np.zeros(len(order), dtype=np.bool_)
    for gap in range(1, len(_LINES)):
        same = (order[gap:] == order[:-gap]) & (product[gap:] == product[:-gap])
        repeated[gap:] |= same
    return order[~repeated], product[~repeated]


def _coupons(goods: I64, rng: np.random.Generator) -> I64:
    """Each order's own discount: ten per cent, or a round amount on a large basket."""
    count = len(goods)
    has = rng.random(count) < _COUPON
    flat = np.where(goods >= 12_000, 1_500, np.where(goods >= 4_000, 500, 0))
    value = np.where(rng.random(count) < 0.6, goods // 10, flat)
    return np.where(has, value, 0)
