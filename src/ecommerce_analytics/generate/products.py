"""The assortment: which products are sold when, at what price and cost, with what demand."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from ecommerce_analytics.generate.arrays import (
    DAY,
    F64,
    HOUR,
    I64,
    Bool,
    Choices,
    Purpose,
    generator,
)
from ecommerce_analytics.generate.assortment import (
    BRANDS,
    HOUSE_BRAND,
    STYLES,
    Shelf,
    read_shelves,
)
from ecommerce_analytics.generate.columns import Column, ids, money, timestamps, vocabulary, words
from ecommerce_analytics.generate.shop_calendar import ShopCalendar

PARTNERS: Final = 4
BRAND_WORDS: Final = (*BRANDS, HOUSE_BRAND)

_SMALLEST: Final = 340
_LARGEST: Final = 4_000
_GIFT_CARD_DOLLARS: Final = (25, 50, 100, 200)
_ZIPF: Final = 0.95
LAUNCHED_LATER: Final = 0.28
RETIRED: Final = 0.12
_NEVER_SOLD: Final = 0.015
_GIFT_CARD_SHARE: Final = 0.008
COST_UNKNOWN: Final = 0.03
PRICE_CHANGES_A_WEEK: Final = 1 / 45
COST_CHANGES_A_WEEK: Final = 1 / 38


@dataclass(frozen=True)
class Products:
    """The assortment; arrays have shape (products,) unless noted, id = index + 1.

    Attributes:
        shelves: The category tree.
        shelf: Index into `shelves`.
        is_gift_card: Whether the product is a gift card.
        interest: Demand of each product relative to all, before season and window.
        launched, retired: Day indexes; negative before the shop's first day, `days` for never.
        price, cost: Cents per unit by week, shape (weeks, products).
        cost_known: Whether the shop recorded the cost at sale; false for gift cards.
        active: Whether the product can be bought, shape (weeks, products).
        season: Demand relative to the year, 0 while it cannot be bought, shape (weeks, products).
        demand: Choices of a product per week.
        partners: Products bought together with each, shape (products, PARTNERS).
        changed: Seconds of the last change of price, cost or sale.
        names, brands, skus: Texts.
    """

    shelves: tuple[Shelf, ...]
    shelf: I64
    is_gift_card: Bool
    interest: F64
    launched: I64
    retired: I64
    price: I64
    cost: I64
    cost_known: Bool
    active: Bool
    season: F64
    demand: Choices
    partners: I64
    changed: I64
    names: tuple[str, ...]
    brands: I64
    skus: tuple[str, ...]

    def __len__(self) -> int:
        """Number of products."""
        return len(self.shelf)


def draw_products(calendar: ShopCalendar, seed: int, orders: int) -> Products:
    """Draw an assortment that grows slowly with the shop: 340 products, at most 4,000."""
    rng = generator(seed, Purpose.PRODUCTS)
    shelves = read_shelves()
    goods = int(min(_SMALLEST + 4 * np.sqrt(max(orders - 50_000, 0) / 100), _LARGEST))
    shelf, gift = _stock_shelves(shelves, goods, rng)
    count = len(shelf)
    lines = [shelves[index].line for index in shelf.tolist()]
    interest = _interest(np.array([line.popularity for line in lines]), shelf, rng)
    interest[rng.random(count) < _NEVER_SOLD] = 0.0
    interest[gift] = interest.sum() * _GIFT_CARD_SHARE / max(np.count_nonzero(gift), 1)
    launched, retired = _windows(calendar, count, rng)
    launched[gift], retired[gift] = -200, calendar.days
    # The best-selling product is always active, so that every week has a product.
    leader = int(np.argmax(np.where(gift, 0, interest)))
    launched[leader], retired[leader] = -300, calendar.days
    starts = calendar.week_starts
    # Sold only in whole weeks between launch and retirement.
    active = (launched < starts[:, None]) & (
        (retired >= starts[:, None] + 7) | (retired == calendar.days)
    )
    season = np.array([line.season for line in lines]).T[calendar.months[starts]] * active
    price, cost, last_change = _prices(calendar, [line.price for line in lines], gift, rng)
    launched_at = launched * DAY + 10 * HOUR
    retired_at = np.where(retired < calendar.days, retired * DAY + 8 * HOUR, launched_at)
    week_at = np.where(last_change > 0, calendar.midnights[starts[last_change]], launched_at)
    changed = np.maximum.reduce([launched_at, retired_at, np.where(gift, launched_at, week_at)])
    names, brands, skus = _labels(shelves, shelf, price[0], gift, rng)
    return Products(
        shelves=shelves,
        shelf=shelf,
        is_gift_card=gift,
        interest=interest / interest.sum(),
        launched=launched,
        retired=retired,
        price=price,
        cost=cost,
        cost_known=(rng.random(count) >= COST_UNKNOWN) & ~gift,
        active=active,
        season=season,
        demand=Choices.of(interest * season),
        partners=_partners(shelves, shelf, interest, rng),
        changed=np.minimum(changed, calendar.end - 1),
        names=names,
        brands=brands,
        skus=skus,
    )


def _stock_shelves(
    shelves: tuple[Shelf, ...], goods: int, rng: np.random.Generator
) -> tuple[I64, Bool]:
    """The shelf of each product, with every shelf used, and which products are gift cards."""
    selling = np.array([i for i, s in enumerate(shelves) if not s.sells_gift_cards])
    cards = np.array([i for i, s in enumerate(shelves) if s.sells_gift_cards], dtype=np.int64)
    spread = np.resize(selling, max(goods, len(selling)))
    cards = np.repeat(cards, len(_GIFT_CARD_DOLLARS))
    shelf = np.concatenate((rng.permutation(spread), cards)).astype(np.int64)
    return shelf, np.arange(len(shelf)) >= len(spread)


def _interest(popularity: F64, shelf: I64, rng: np.random.Generator) -> F64:
    """Demand by a Zipf law over a random ranking, weighted by the subcategory's popularity."""
    rank = rng.permutation(len(shelf)) + 3
    return popularity * rank.astype(np.float64) ** -_ZIPF


def _windows(calendar: ShopCalendar, count: int, rng: np.random.Generator) -> tuple[I64, I64]:
    """Launch and retirement days: most products predate the shop's history, few leave it."""
    later = rng.random(count) < LAUNCHED_LATER
    launched = np.where(later, rng.integers(0, calendar.days, count), -rng.integers(1, 700, count))
    earliest = np.maximum(launched + 60, 0)
    retired = earliest + (rng.random(count) * calendar.days * 1.2).astype(np.int64)
    leaves = (rng.random(count) < RETIRED * 1.6) & (retired < calendar.days)
    return launched, np.where(leaves, retired, calendar.days)


def _prices(
    calendar: ShopCalendar, medians: list[float], gift: Bool, rng: np.random.Generator
) -> tuple[I64, I64, I64]:
    """Price and cost by week, and the week of the last change of either (0: none)."""
    weeks, count = calendar.week_count, len(medians)
    base = np.array(medians) * rng.lognormal(0, 0.42, count)
    raised = rng.random((weeks, count)) < PRICE_CHANGES_A_WEEK
    dearer = rng.random((weeks, count)) < COST_CHANGES_A_WEEK
    raised[0], dearer[0] = False, False
    price_steps = np.where(raised, rng.normal(0.02, 0.06, raised.shape), 0.0)
    cost_steps = np.where(dearer, rng.normal(0.02, 0.05, dearer.shape), 0.0)
    dollars = base * np.exp(np.cumsum(price_steps, axis=0))
    margin = rng.uniform(0.38, 0.66, count)
    price = np.maximum(np.rint(dollars), 4).astype(np.int64) * 100 - 1
    price[:, gift] = np.array(_GIFT_CARD_DOLLARS * (gift.sum() // 4)) * 100
    cost = np.rint(base * margin * np.exp(np.cumsum(cost_steps, axis=0)) * 100).astype(np.int64)
    moved = np.zeros((weeks, count), dtype=np.bool_)
    moved[1:] = (price[1:] != price[:-1]) | (cost[1:] != cost[:-1])
    last = np.where(moved.any(axis=0), weeks - 1 - np.argmax(moved[::-1], axis=0), 0)
    return price, np.maximum(cost, 50), last


def _partners(
    shelves: tuple[Shelf, ...], shelf: I64, interest: F64, rng: np.random.Generator
) -> I64:
    """The products bought together with each, from the subcategories that go with its own."""
    rows = np.zeros((len(shelves), len(shelf)))
    for index, own in enumerate(shelves):
        wanted = own.line.goes_with
        for other, partner in enumerate(shelves):
            # A name such as "Shoes" may be in several categories; the product's own one wins.
            same = partner.category == own.category
            alone = all(s.category != own.category for s in shelves if s.subcategory in wanted)
            if partner.subcategory in wanted and (same or alone):
                rows[index] += (shelf == other) * interest
        if not rows[index].any():
            rows[index] = (shelf == index) * (interest + 1e-9)
    draws = rng.random((len(shelf), PARTNERS))
    # Squared, so that a product has few partners instead of the whole other shelf.
    choices = Choices.of(rows**1.5)
    return choices.draw(draws.ravel(), np.repeat(shelf, PARTNERS)).reshape(-1, PARTNERS)


def _labels(
    shelves: tuple[Shelf, ...], shelf: I64, price: I64, gift: Bool, rng: np.random.Generator
) -> tuple[tuple[str, ...], I64, tuple[str, ...]]:
    """Names, brands (index into `BRAND_WORDS`) and unique stock-keeping units."""
    count = len(shelf)
    brands = rng.integers(0, len(BRANDS) + 1, count)
    styles, nouns = rng.integers(0, len(STYLES), count), rng.integers(0, 1_000, count)
    names, skus = [], []
    for index, own in enumerate(shelves[i] for i in shelf.tolist()):
        if gift[index]:
            names.append(f"Gift Card ${price[index] // 100}")
        else:
            words_of = int(brands[index]), int(styles[index]), int(nouns[index])
            names.append(product_name(own, *words_of))
        skus.append(stock_keeping_unit(own, index + 1))
    return tuple(names), np.where(gift, len(BRANDS), brands), tuple(skus)


def product_name(shelf: Shelf, brand: int, style: int, noun: int) -> str:
    """The name of a product: indexes of its words, that of the noun within a larger number."""
    kinds = shelf.line.nouns
    return f"{BRAND_WORDS[brand]} {STYLES[style]} {kinds[noun % len(kinds)]}"


def stock_keeping_unit(shelf: Shelf, product_id: int) -> str:
    """The product's unique number in the shop."""
    code = "".join(letter for letter in shelf.subcategory.upper() if letter.isalpha())[:3]
    return f"{shelf.category[:2].upper()}-{code}-{product_id:05d}"


def product_table(products: Products, calendar: ShopCalendar) -> list[Column]:
    """The columns of `products`, in the contract's order, with the prices of the last day."""
    shelves, codes = products.shelves, products.shelf
    return [
        ids(np.arange(1, len(products) + 1)),
        vocabulary(products.names),
        vocabulary(products.skus),
        words(vocabulary([shelf.category for shelf in shelves]), codes),
        words(vocabulary([shelf.subcategory for shelf in shelves]), codes),
        words(vocabulary(BRAND_WORDS), products.brands),
        money(products.cost[-1], ~products.cost_known),
        money(products.price[-1]),
        pa.array(products.retired >= calendar.days),
        timestamps(products.launched * DAY + 10 * HOUR, calendar.origin),
        timestamps(products.changed, calendar.origin),
    ]
