"""The catalogue's changes: prices, costs, categories, launches, retirements, deletions.

Prices and costs change at local midnight, so that every sale of a day is at the day's price. A new
product is on sale from the next day, a retired one until the day before.
"""

from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ecommerce_analytics.generate.arrays import HOUR, I64, Purpose, generator
from ecommerce_analytics.generate.assortment import STYLES, Shelf, read_shelves
from ecommerce_analytics.generate.columns import money, timestamps
from ecommerce_analytics.generate.products import (
    BRAND_WORDS,
    COST_CHANGES_A_WEEK,
    COST_UNKNOWN,
    LAUNCHED_LATER,
    PRICE_CHANGES_A_WEEK,
    RETIRED,
    product_name,
    stock_keeping_unit,
)
from ecommerce_analytics.living.changes import how_many, log
from ecommerce_analytics.living.days import Day
from ecommerce_analytics.living.state import Frame, State

_THREE_YEARS: Final = 1_096
_MOVED_SHARE: Final = 0.0003
# Minimum changes per average day in a small shop.
_MOVED_LEAST: Final = 0.2
_LAUNCHES_LEAST: Final = 0.2
_RETIRED_LEAST: Final = 0.12
_MISTAKES: Final = 0.15
_MISTAKE_DAYS: Final = (2, 13)
_TAKEN_OUT: Final = 0.1
# The best sellers are never retired.
_SAFE: Final = 5
_FIRST_STOCK: Final = 30


def change_catalogue(state: State, day: Day) -> None:
    """Change the day's products."""
    rng = generator(state.seed, Purpose.DAY_PRODUCTS, day.ordinal)
    shelves = read_shelves()
    products = state.frame(
        """
        select product_id, cents(list_price) as price, cost, cost_known, shelf, interest,
            is_active and created_at < instant(?) as active
        from raw_data.products join hidden.products using (product_id) order by product_id
        """,
        day.start,
    )
    gift = np.array([shelves[index].sells_gift_cards for index in products["shelf"].tolist()])
    goods = np.flatnonzero(products["active"].astype(np.bool_) & ~gift)
    rows = rng.permutation(goods)
    count = len(rows)
    # Every day has a price change, because its date tells which day a warehouse has reached.
    prices = max(how_many(count * PRICE_CHANGES_A_WEEK / 7, 0, count, rng), min(count, 1))
    costs = how_many(count * COST_CHANGES_A_WEEK / 7, 0, count - prices, rng)
    moves = how_many(count * _MOVED_SHARE, _MOVED_LEAST, count - prices - costs, rng)
    bounds = np.cumsum([prices, costs, moves])
    _reprice(state, day, products, np.sort(rows[: bounds[0]]), rng)
    _recost(state, day, products, np.sort(rows[bounds[0] : bounds[1]]), rng)
    _reclassify(state, day, products, np.sort(rows[bounds[1] : bounds[2]]), shelves, rng)
    _retire(state, day, products, rows[bounds[2] :], rng)
    launches = how_many(count * LAUNCHED_LATER / _THREE_YEARS, _LAUNCHES_LEAST, 1_000, rng)
    mistakes = how_many(_MISTAKES, 0, 10, rng)
    _launch(state, day, products, goods, shelves, launches, mistakes, rng)
    _take_out(state, day, rng)


def _changed(state: State, day: Day, columns: dict[str, Any]) -> None:
    """Give products new values; `columns` must have `product_id`."""
    if not len(columns["product_id"]):
        return
    assignments = ", ".join(f"{name} = given.{name}" for name in columns if name != "product_id")
    with state.given("given", columns):
        state.execute(
            f"update raw_data.products set {assignments}, updated_at = instant(?), changed_on = ? "  # noqa: S608
            "from given where given.product_id = products.product_id",
            day.start,
            day.ordinal,
        )


def _midnight(day: Day, keys: NDArray[Any]) -> I64:
    return np.full(len(keys), day.start)


def _reprice(state: State, day: Day, products: Frame, rows: I64, rng: np.random.Generator) -> None:
    price, keys = products["price"][rows], products["product_id"][rows]
    dollars = (price + 1) / 100 * np.exp(rng.normal(0.02, 0.06, len(rows)))
    new = np.maximum(np.rint(dollars), 4).astype(np.int64) * 100 - 1
    new = np.where(new == price, price + 100, new)
    _changed(state, day, {"product_id": keys, "list_price": money(new)})
    log(state, day, "price changed", "products", keys, _midnight(day, keys))


def _recost(state: State, day: Day, products: Frame, rows: I64, rng: np.random.Generator) -> None:
    rows = rows[products["cost_known"][rows].astype(np.bool_)]
    cost, keys = products["cost"][rows], products["product_id"][rows]
    new = np.rint(cost * np.exp(rng.normal(0.02, 0.05, len(rows)))).astype(np.int64)
    new = np.where(new == cost, cost + 1, np.maximum(new, 50))
    _changed(state, day, {"product_id": keys, "unit_cost": money(new)})
    with state.given("given", {"product_id": keys, "cost": new}):
        state.execute(
            "update hidden.products set cost = given.cost from given "
            "where given.product_id = products.product_id"
        )
    log(state, day, "cost changed", "products", keys, _midnight(day, keys))


def _reclassify(
    state: State,
    day: Day,
    products: Frame,
    rows: I64,
    shelves: tuple[Shelf, ...],
    rng: np.random.Generator,
) -> None:
    """Move products to another category; their demand does not change."""
    keys = products["product_id"][rows]
    there = state.frame(
        "select product_id, category, subcategory from raw_data.products order by product_id"
    )
    categories, subcategories = [], []
    for row in rows.tolist():
        now = (there["category"][row], there["subcategory"][row])
        others = [s for s in shelves if not s.sells_gift_cards and s.category != now[0]]
        choice = others[int(rng.integers(0, len(others)))]
        categories.append(choice.category)
        subcategories.append(choice.subcategory)
    _changed(
        state,
        day,
        {
            "product_id": keys,
            "category": pa.array(categories, pa.string()),
            "subcategory": pa.array(subcategories, pa.string()),
        },
    )
    log(state, day, "category changed", "products", keys, _midnight(day, keys))


def _retire(state: State, day: Day, products: Frame, rows: I64, rng: np.random.Generator) -> None:
    best = np.sort(products["interest"])[-_SAFE]
    rows = rows[products["interest"][rows] < best]
    count = how_many(len(rows) * RETIRED * 1.6 / _THREE_YEARS, _RETIRED_LEAST, len(rows), rng)
    keys = np.sort(products["product_id"][rows[:count]])
    _changed(state, day, {"product_id": keys, "is_active": np.zeros(count, dtype=np.bool_)})
    log(state, day, "product retired", "products", keys, _midnight(day, keys))


def _launch(
    state: State,
    day: Day,
    products: Frame,
    goods: I64,
    shelves: tuple[Shelf, ...],
    launches: int,
    mistakes: int,
    rng: np.random.Generator,
) -> None:
    """Launch products, some of them by mistake; those are deleted before they are sold."""
    count = launches + mistakes
    if not len(goods):
        return
    keys = state.take_ids("products", count) + np.arange(count)
    # A new product copies the demand and partners of another product in its category.
    like = goods[rng.integers(0, len(goods), count)]
    own = [shelves[index] for index in products["shelf"][like].tolist()]
    brand, style, noun = (
        rng.integers(0, most, count).tolist() for most in (len(BRAND_WORDS), len(STYLES), 1_000)
    )
    dollars = np.array([s.line.price for s in own]) * rng.lognormal(0, 0.42, count)
    price = np.maximum(np.rint(dollars), 4).astype(np.int64) * 100 - 1
    cost = np.maximum(np.rint(dollars * rng.uniform(0.38, 0.66, count) * 100), 50).astype(np.int64)
    known = rng.random(count) >= COST_UNKNOWN
    by_mistake = np.arange(count) >= launches
    stay = rng.integers(*_MISTAKE_DAYS, size=count)
    opened = np.full(count, day.start + 10 * HOUR)
    days = np.full(count, day.ordinal, dtype=np.int32)
    state.insert(
        "raw_data.products",
        product_id=keys,
        product_name=pa.array(
            [product_name(s, *w) for s, *w in zip(own, brand, style, noun, strict=True)],
            pa.string(),
        ),
        sku=pa.array(
            [stock_keeping_unit(s, key) for s, key in zip(own, keys.tolist(), strict=True)],
            pa.string(),
        ),
        category=pa.array([s.category for s in own], pa.string()),
        subcategory=pa.array([s.subcategory for s in own], pa.string()),
        brand=pa.array([BRAND_WORDS[index] for index in brand], pa.string()),
        unit_cost=money(cost, ~known),
        list_price=money(price),
        is_active=~by_mistake,
        created_at=timestamps(opened, 0),
        updated_at=timestamps(opened, 0),
        arrives_on=days,
        changed_on=days,
    )
    new = {
        "product_id": keys,
        "liked": products["product_id"][like],
        "cost": cost,
        "cost_known": known,
        "gone_on": np.where(by_mistake, day.ordinal + stay, 0).astype(np.int32),
        "stock": np.full(count, _FIRST_STOCK),
    }
    with state.given("given", new):
        state.execute(
            """
            insert into hidden.products by name
            select given.product_id, interest, shelf, given.cost, given.cost_known, partners,
                given.gone_on
            from given join hidden.products as liked on liked.product_id = given.liked
            order by given.product_id
            """
        )
        state.execute(
            "insert into hidden.stock by name "
            "select product_id, stock, 1.0 as pace, 0 as due_on, 0 as lot, 0 as counted_on "
            "from given order by product_id"
        )
    log(state, day, "product launched", "products", keys[~by_mistake], opened[~by_mistake])
    log(state, day, "product listed by mistake", "products", keys[by_mistake], opened[by_mistake])


def _take_out(state: State, day: Day, rng: np.random.Generator) -> None:
    """Delete products that were never bought: mistakes, and occasionally a slow seller."""
    unsold = state.frame(
        """
        select product_id, coalesce(gone_on, 0) as gone_on
        from hidden.products join raw_data.products using (product_id)
        anti join raw_data.order_items using (product_id)
        where (gone_on > 0 or interest = 0) and changed_on < ? order by product_id
        """,
        day.ordinal,
    )
    mistakes = unsold["product_id"][(unsold["gone_on"] > 0) & (unsold["gone_on"] <= day.ordinal)]
    slow = unsold["product_id"][unsold["gone_on"] == 0]
    count = how_many(_TAKEN_OUT, 0, len(slow), rng)
    keys = np.sort(np.concatenate((mistakes, rng.permutation(slow)[:count])))
    with state.given("gone", {"product_id": keys}):
        state.execute(
            """
            insert into hidden.deletions
            select 'inventory_levels', product_id, level_date
            from raw_data.inventory_levels semi join gone using (product_id)
            union all select 'products', product_id, null from gone
            """
        )
        for table in (
            "raw_data.inventory_levels",
            "raw_data.products",
            "hidden.products",
            "hidden.stock",
        ):
            state.execute(
                f"delete from {table} where product_id in (select product_id from gone)"  # noqa: S608
            )
    log(state, day, "product deleted", "products", keys, _midnight(day, keys))
