"""The marts of the four domains, computed a second time: a dictionary of rows for each.

Keys and values stand in the order that the tests ask the marts for. Money is in whole cents inside
and becomes money at the edge; products are known by their id.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

from .compare import money
from .figures import Independent, Line, month_of, ratio
from .files import Order, read_deliveries, read_hierarchy

Rows = Mapping[Any, tuple[Any, ...]]

PAIR_ORDERS = 5
WINDOW_DAYS = 28
WEEK = 7
ALL = "(all)"


def cohorts(shop: Independent) -> Rows:
    """(cohort, month number): the cohort's month, month by month."""
    first = {person: month_of(buyer.orders[0].day) for person, buyer in shop.buyers.items()}
    active: dict[tuple[date, int], set[Any]] = defaultdict(set)
    orders, net, margin = Counter[Any](), Counter[Any](), Counter[Any]()
    for order in shop.valid:
        person = shop.order_persons[order.order_id]
        key = first[person], _months_between(first[person], order.day)
        active[key].add(person)
        orders[key] += 1
        net[key] += shop.order_net[order.order_id]
        margin[key] += _margin(shop.order_lines(order))
    rows = {}
    for cohort, size in Counter(first.values()).items():
        for number in range(_months_between(cohort, shop.as_of) + 1):
            month = _later(cohort, number)
            so_far = [(cohort, n) for n in range(number + 1)]
            net_so_far, margin_so_far = (sum(map(c.__getitem__, so_far)) for c in (net, margin))
            here = cohort, number
            rows[here] = (
                month,
                shop.is_complete(month, _later(month, 1)),
                size,
                len(active[here]),
                orders[here],
                money(net[here]),
                money(margin[here]),
                money(net_so_far),
                money(margin_so_far),
                len(active[here]) / size,
                ratio(net[here], size, 100),
                ratio(net_so_far, size, 100),
                ratio(margin_so_far, size, 100),
            )
    return rows


def _margin(lines: Sequence[Line]) -> int:
    return sum(line.margin for line in lines if line.margin is not None)


def _months_between(first: date, last: date) -> int:
    return 12 * (last.year - first.year) + last.month - first.month


def _later(month: date, months: int) -> date:
    years, index = divmod(month.month - 1 + months, 12)
    return date(month.year + years, index + 1, 1)


def fulfillment(shop: Independent) -> Rows:
    """(month, category): how long orders took."""
    moments, tree = read_deliveries(shop.shop), read_hierarchy(shop.shop)
    groups: dict[tuple[date, str], list[Order]] = defaultdict(list)
    for order in shop.valid:
        categories = {tree[line.item.product_id][1] for line in shop.order_lines(order)}
        for category in categories | {ALL}:
            groups[month_of(order.day), category].append(order)
    return {key: _times(orders, moments) for key, orders in groups.items()}


def _times(orders: Sequence[Order], moments: Mapping[int, Any]) -> tuple[Any, ...]:
    legs = [(order.ordered_at, *moments[order.order_id]) for order in orders]
    to_ship = sorted(_hours(start, sent) for start, sent, _ in legs if sent)
    transit = sorted(_hours(sent, got) for _, sent, got in legs if sent and got)
    to_deliver = sorted(_hours(start, got) for start, _, got in legs if got)
    return (
        len(orders),
        len(to_ship),
        len(transit),
        len(to_ship) / len(orders),
        len(transit) / len(orders),
        ratio(sum(to_ship), len(to_ship)),
        _quantile(to_ship, 50),
        _quantile(to_ship, 90),
        ratio(sum(transit), len(transit)),
        _quantile(transit, 50),
        _quantile(transit, 90),
        _quantile(to_deliver, 50),
        _quantile(to_deliver, 90),
    )


def _hours(start: datetime, end: datetime) -> int:
    return (end - start) // timedelta(hours=1)


def _quantile(ordered: Sequence[int], percent: int) -> int | None:
    """The least value that so many per cent of all do not exceed."""
    return ordered[-(-len(ordered) * percent // 100) - 1] if ordered else None


def affinity(shop: Independent) -> Rows:
    """(product, other product): how often they are bought together."""
    baskets = [
        {line.item.product_id for line in shop.order_lines(order) if not line.item.is_gift_card}
        for order in shop.valid
    ]
    baskets = [basket for basket in baskets if basket]
    single = Counter(product for basket in baskets for product in basket)
    pairs = Counter(pair for basket in baskets for pair in combinations(sorted(basket), 2))
    rows = {}
    for (left, right), both in pairs.items():
        if both < PAIR_ORDERS:
            continue
        for this, other in ((left, right), (right, left)):
            rows[this, other] = (
                both,
                single[this],
                single[other],
                len(baskets),
                both / len(baskets),
                both / single[this],
                both / single[other],
                float(Fraction(both * len(baskets), single[this] * single[other])),
            )
    return rows


def price_changes(shop: Independent) -> Rows:
    """(product, day): what a new price did."""
    days: dict[int, dict[date, int]] = defaultdict(dict)
    units: dict[int, Counter[date]] = defaultdict(Counter)
    lines = [
        (order.ordered_at, line.item.item_id, order.day, line.item)
        for order in shop.valid
        for line in shop.order_lines(order)
        if not line.item.is_gift_card
    ]
    for _, _, day, item in sorted(lines, key=lambda line: line[:2]):
        days[item.product_id][day] = item.unit_price
        units[item.product_id][day] += item.quantity
    rows = {}
    for product, prices in days.items():
        changes = [
            (before, day)
            for before, day in pairwise(sorted(prices))
            if prices[before] != prices[day]
        ]
        for number, (before, day) in enumerate(changes):
            first = changes[number - 1][1] if number else min(prices)
            last = changes[number + 1][0] if number + 1 < len(changes) else None
            old = [before - timedelta(days=n) for n in range(1, WINDOW_DAYS + 1)]
            new = [day + timedelta(days=n) for n in range(1, WINDOW_DAYS + 1)]
            rows[product, day] = _change(
                (before, prices[before], prices[day]),
                [d for d in old if d > first],
                [d for d in new if (d < last if last else d <= shop.as_of)],
                units[product],
            )
    return rows


def _change(
    change: tuple[date, int, int], old: Sequence[date], new: Sequence[date], units: Counter[date]
) -> tuple[Any, ...]:
    before, p1, p2 = change
    u1, u2 = (sum(units[day] for day in window) for window in (old, new))
    elasticity = None
    if len(old) >= WEEK and len(new) >= WEEK and u1 + u2:
        q1, q2 = Fraction(u1, len(old)), Fraction(u2, len(new))
        elasticity = float(((q2 - q1) / (q1 + q2)) / Fraction(p2 - p1, p1 + p2))
    return (
        before,
        money(p1),
        money(p2),
        len(old) == len(new) == WINDOW_DAYS,
        len(old),
        len(new),
        u1,
        u2,
        ratio(p2 - p1, p1),
        ratio(u1, len(old)),
        ratio(u2, len(new)),
        elasticity,
    )


def categories(shop: Independent) -> Rows:
    """(level, department, category, subcategory): what the node sells."""
    tree = read_hierarchy(shop.shop)
    cuts: dict[str, Callable[[tuple[str, str, str]], tuple[str, str, str]]] = {
        "shop": lambda _: (ALL, ALL, ALL),
        "department": lambda path: (path[0], ALL, ALL),
        "category": lambda path: (path[0], path[1], ALL),
        "subcategory": lambda path: path,
    }
    total = sum(product.net for product in shop.products.values())
    rows: dict[Any, tuple[Any, ...]] = {}
    for level, cut in cuts.items():
        nodes: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for product in shop.products:
            nodes[cut(tree[product])].append(product)
        rows |= {(level, *node): _node(shop, ids, total) for node, ids in nodes.items()}
    return rows


def _node(shop: Independent, ids: Sequence[int], total: int) -> tuple[Any, ...]:
    sales = [shop.products[key] for key in ids]
    units, back = (sum(getattr(s, n) for s in sales) for n in ("units", "returned_units"))
    gross, discounts, returns, covered, margin = (
        sum(getattr(s, n) for s in sales)
        for n in ("gross", "discounts", "returns", "covered_net", "margin")
    )
    net = gross - discounts - returns
    return (
        len(ids),
        sum(bool(s.orders) for s in sales),
        len(set().union(*(s.orders for s in sales))),
        len(set().union(*(s.persons for s in sales))),
        units,
        back,
        *map(money, (gross, discounts, returns, net, covered, margin)),
        ratio(margin, covered),
        ratio(covered, net),
        ratio(back, units),
        ratio(returns, gross - discounts),
        ratio(net, total),
    )
