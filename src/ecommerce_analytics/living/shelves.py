"""The assortment on a day, in the generator's terms."""

from dataclasses import dataclass

import numpy as np

from ecommerce_analytics.generate.arrays import F64, I64, Bool, Choices
from ecommerce_analytics.generate.assortment import read_shelves
from ecommerce_analytics.generate.products import PARTNERS, Products
from ecommerce_analytics.living.days import Day
from ecommerce_analytics.living.state import State


@dataclass(frozen=True)
class Assortment:
    """The products on a day: shape (products,), by id; money in cents.

    Attributes:
        product_id: The ids.
        interest: Demand of each product relative to all, before season.
        active: Whether it can be bought on the day.
        is_gift_card: Whether it is a gift card.
        price: List prices.
        cost: What one unit costs the shop.
        products: The same, in the form used to draw baskets.
    """

    product_id: I64
    interest: F64
    active: Bool
    is_gift_card: Bool
    price: I64
    cost: I64
    products: Products


def read_assortment(state: State, day: Day) -> Assortment:
    """The products at the beginning of the day, with its new prices."""
    shelves = read_shelves()
    frame = state.frame(
        """
        select product_id, interest, shelf, cost, cost_known, cents(list_price) as price,
            is_active and created_at < instant(?) as active
        from raw_data.products join hidden.products using (product_id) order by product_id
        """,
        day.start,
    )
    product_id, shelf, price = frame["product_id"], frame["shelf"], frame["price"]
    count = len(product_id)
    active = frame["active"].astype(np.bool_)
    gift = np.array([shelves[index].sells_gift_cards for index in shelf.tolist()], dtype=np.bool_)
    month = int(day.calendar.months[0])
    lines = np.array([shelves[index].line.season[month] for index in shelf.tolist()])
    season = lines * active
    nothing = np.zeros(count, dtype=np.int64)
    return Assortment(
        product_id=product_id,
        interest=frame["interest"],
        active=active,
        is_gift_card=gift,
        price=price,
        cost=frame["cost"],
        products=Products(
            shelves=shelves,
            shelf=shelf,
            is_gift_card=gift,
            interest=frame["interest"],
            launched=nothing,
            retired=nothing + 1,
            price=price[None, :],
            cost=frame["cost"][None, :],
            cost_known=frame["cost_known"].astype(np.bool_),
            active=active[None, :],
            season=season[None, :],
            demand=Choices.of(frame["interest"] * season),
            partners=_partners(state, product_id),
            changed=nothing,
            names=(),
            brands=nothing,
            skus=(),
        ),
    )


def _partners(state: State, product_id: I64) -> I64:
    """Rows of the products bought together with each; its own row if they are gone."""
    wanted = state.frame(
        "select unnest(partners) as partner from hidden.products order by product_id, "
        "generate_subscripts(partners, 1)"
    )["partner"].reshape(-1, PARTNERS)
    found = np.minimum(np.searchsorted(product_id, wanted), len(product_id) - 1)
    rows: I64 = np.where(product_id[found] == wanted, found, np.arange(len(product_id))[:, None])
    return rows
