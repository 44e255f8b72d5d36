"""The marts of the four domains, computed a second time: a dictionary of rows for each.

Keys and values have the order of the tests' queries. Money is in whole cents inside and becomes
money at the end; products are identified by id.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import accumulate, combinations, pairwise
from typing import Any

from .compare import money, money_or_none
from .figures import (
    CHANNELS,
    Buyer,
    Independent,
    Line,
    Person,
    ProductSales,
    Sales,
    is_valid,
    member_of,
    month_of,
    ratio,
    week_of,
)
from .files import Order, read_deliveries, read_hierarchy

Rows = Mapping[Any, tuple[Any, ...]]

PAIR_ORDERS = 5
WINDOW_DAYS = 28
WEEK = 7
Z_SCORE = 3
ALL = "(all)"
OTHER = "(other)"
UNKNOWN = "(unknown)"
SHOWN_CATEGORIES = 24


def cohorts(shop: Independent) -> Rows:
    """(cohort, month number): the cohort's month, month by month."""
    first = {person: month_of(buyer.orders[0].day) for person, buyer in shop.buyers.items()}
    active: dict[tuple[date, int], set[Any]] = defaultdict(set)
    orders, net, covered = Counter[Any](), Counter[Any](), Counter[Any]()
    margins: dict[Any, int] = {}
    for order in shop.valid:
        person = shop.order_persons[order.order_id]
        key = first[person], _months_between(first[person], order.day)
        active[key].add(person)
        orders[key] += 1
        net[key] += shop.order_net[order.order_id]
        lines = shop.order_lines(order)
        covered[key] += _covered(lines)
        if (margin := _margin(lines)) is not None:
            margins[key] = margins.get(key, 0) + margin
    rows = {}
    for cohort, size in Counter(first.values()).items():
        for number in range(_months_between(cohort, shop.as_of) + 1):
            month = _later(cohort, number)
            so_far = [(cohort, n) for n in range(number + 1)]
            net_so_far, covered_so_far = (sum(map(c.__getitem__, so_far)) for c in (net, covered))
            known = [margins[key] for key in so_far if key in margins]
            margin_so_far = sum(known) if known else None
            here = cohort, number
            rows[here] = (
                month,
                shop.is_complete(month, _later(month, 1)),
                size,
                len(active[here]),
                orders[here],
                money(net[here]),
                money_or_none(margins.get(here)),
                money(net_so_far),
                money_or_none(margin_so_far),
                len(active[here]) / size,
                ratio(net[here], size, 100),
                ratio(net_so_far, size, 100),
                None if margin_so_far is None else ratio(margin_so_far, size, 100),
                ratio(covered_so_far, net_so_far),
            )
    return rows


def _margin(lines: Sequence[Line]) -> int | None:
    known = [line.margin for line in lines if line.margin is not None]
    return sum(known) if known else None


def _covered(lines: Sequence[Line]) -> int:
    return sum(line.net for line in lines if line.margin is not None)


def _is_purchase(line: Line) -> bool:
    item = line.item
    return item.line_type == "product" and item.product_id is not None and item.units > 0


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
    """The smallest value that the given percentage of values do not exceed."""
    return ordered[-(-len(ordered) * percent // 100) - 1] if ordered else None


def affinity(shop: Independent) -> Rows:
    """(product, other product): how often they are bought together."""
    baskets = [
        {line.item.product_id or 0 for line in shop.order_lines(order) if _is_purchase(line)}
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
    """(product, day): the effect of a new price."""
    days: dict[int, dict[date, int]] = defaultdict(dict)
    units: dict[int, Counter[date]] = defaultdict(Counter)
    lines = [
        (order.ordered_at, line.item.item_id, order.day, line.item)
        for order in shop.valid
        for line in shop.order_lines(order)
        if _is_purchase(line)
    ]
    for _, _, day, item in sorted(lines, key=lambda line: line[:2]):
        days[item.product_id or 0][day] = item.unit_price
        units[item.product_id or 0][day] += item.units
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
    """(level, department, category, subcategory): the node's sales."""
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
        nodes: dict[tuple[str, str, str], list[int | None]] = defaultdict(list)
        for product in shop.products:
            nodes[cut(tree[product])].append(product)
        rows |= {(level, *node): _node(shop, ids, total) for node, ids in nodes.items()}
    return rows


def _node(shop: Independent, ids: Sequence[int | None], total: int) -> tuple[Any, ...]:
    sales = [shop.products[key] for key in ids]
    units, back = (sum(getattr(s, n) for s in sales) for n in ("units", "returned_units"))
    gross, discounts, returns, covered = (
        sum(getattr(s, n) for s in sales) for n in ("gross", "discounts", "returns", "covered_net")
    )
    margins = [s.margin for s in sales if s.margin is not None]
    margin = sum(margins) if margins else None
    net = gross - discounts - returns
    return (
        len(ids),
        sum(bool(s.orders) for s in sales),
        len(set().union(*(s.orders for s in sales))),
        len(set().union(*(s.persons for s in sales))),
        units,
        back,
        *map(money, (gross, discounts, returns, net, covered)),
        money_or_none(margin),
        None if margin is None else ratio(margin, covered),
        ratio(covered, net),
        ratio(back, units),
        ratio(returns, gross - discounts),
        ratio(net, total),
    )


def category_groups(shop: Independent) -> Mapping[int | None, str]:
    """Each product's category; those with the lowest sales are grouped as one."""
    tree = read_hierarchy(shop.shop)
    net = Counter[str]()
    for product, sales in shop.products.items():
        net[tree[product][1]] += sales.net
    shown = sorted(net, key=lambda name: (-net[name], name))[:SHOWN_CATEGORIES]
    return {key: tree[key][1] if tree[key][1] in shown else OTHER for key in shop.products}


def grouped(shop: Independent) -> Rows:
    """(product): the reporting category."""
    return {(key,): (group,) for key, group in category_groups(shop).items()}


def product_months(shop: Independent) -> Rows:
    """(product, month): sales of the month's orders, with their later returns."""
    months: dict[tuple[int | None, date], ProductSales] = defaultdict(ProductSales)
    for order in shop.valid:
        for line in shop.order_lines(order):
            sold = months[line.item.product_id, month_of(order.day)]
            sold.orders.add(order.order_id)
            sold.units += line.item.units
            sold.returned_units += line.returned_units
            sold.gross += line.gross
            sold.discounts += line.discount
            sold.returns += line.returns
            sold.earn(line)
    return {
        key: (
            len(sold.orders),
            sold.units,
            sold.returned_units,
            *map(money, (sold.gross, sold.discounts, sold.returns, sold.net)),
            money(sold.covered_net),
            money_or_none(sold.margin),
        )
        for key, sold in months.items()
    }


def category_months(shop: Independent) -> Rows:
    """(category, month): the orders in it, and the returns in it."""
    group_of = category_groups(shop)
    orders: dict[tuple[str, date], set[int]] = defaultdict(set)
    new: dict[tuple[str, date], set[Person]] = defaultdict(set)
    units, gross, discounts, returns = (Counter[tuple[str, date]]() for _ in range(4))
    for order in shop.valid:
        person = shop.order_persons[order.order_id]
        for line in shop.order_lines(order):
            key = group_of[line.item.product_id], month_of(order.day)
            orders[key].add(order.order_id)
            if order.day == shop.buyers[person].orders[0].day:
                new[key].add(person)
            units[key] += line.item.units
            gross[key] += line.gross
            discounts[key] += line.discount
    for group, day, cents in _returned(shop, group_of):
        returns[group, month_of(day)] += cents
    return {
        key: (
            len(orders[key]),
            len(new[key]),
            units[key],
            *map(money, (gross[key], discounts[key], returns[key])),
            money(gross[key] - discounts[key] - returns[key]),
        )
        for key in {*orders, *(key for key, cents in returns.items() if cents)}
    }


def _returned(
    shop: Independent, group_of: Mapping[int | None, str]
) -> Sequence[tuple[str, date, int]]:
    """The value of goods in each valid refund, by category and day, without gift cards."""
    parts = [(UNKNOWN, refund.day, refund.goods) for refund in shop.refunds_without_order]
    for refund in shop.refunds:
        if not is_valid(shop.orders[refund.order_id or 0]):
            continue
        parts += [
            (group_of[line.item.product_id] if line else UNKNOWN, refund.day, cents)
            for line, cents in shop.refund_parts[refund.refund_id]
            if not (line and line.item.line_type in ("gift_card", "tip"))
        ]
    return parts


def category_customers(shop: Independent) -> Rows:
    """(category, month, previous month): persons by their previous month of purchase."""
    group_of = category_groups(shop)
    months: dict[tuple[str, Person], set[date]] = defaultdict(set)
    for order in shop.valid:
        groups = {group_of[line.item.product_id] for line in shop.order_lines(order)}
        for group in groups | {ALL}:
            months[group, shop.order_persons[order.order_id]].add(month_of(order.day))
    counts = Counter[tuple[str, date, date | None]]()
    for (group, _), bought in months.items():
        ordered = sorted(bought)
        counts.update(zip([group] * len(ordered), ordered, [None, *ordered], strict=False))
    return {key: (count,) for key, count in counts.items()}


def paths(shop: Independent) -> Rows:
    """(month, first channel, last channel, touches): orders."""
    channels = {key: channel for key, (_, channel) in shop.files.campaigns.items()}
    counts = Counter[tuple[date, str, str, int]]()
    for order in shop.valid:
        journey = shop.journeys[order.order_id]
        members = [member_of(touch) for touch in journey] or ["(none)"]
        names = [channels[m] if isinstance(m, int) else m for m in members]
        counts[month_of(order.day), names[0], names[-1], len(journey)] += 1
    return {key: (count,) for key, count in counts.items()}


def days(shop: Independent) -> Rows:
    """(day): the figures beside the day's sums."""
    sales = shop.sales_by(lambda day: day)
    counted = {day: one.net for day, one in sales.items() if day <= shop.as_of}
    index = _seasons(counted, date.isoweekday)
    rows = {}
    for day, one in sales.items():
        z = _z_score(one.net, [sales.get(day - timedelta(days=n)) for n in range(1, 29)])
        base = sales.get(day - timedelta(days=28))
        rows[(day,)] = (
            *_averages(one),
            _growth(one.net, base.net if base else None),
            index.get(day.isoweekday()),
            z,
            z is not None and abs(z) > Z_SCORE,
        )
    return rows


def weeks(shop: Independent) -> Rows:
    """(week): the figures beside the week's sums."""
    sales = shop.sales_by(week_of)
    whole = {w: s for w, s in sales.items() if shop.is_complete(w, w + timedelta(weeks=1))}
    years = Counter(week.isocalendar().year for week in whole)
    last = {_iso_year(week): week.isocalendar().week for week in sorted(sales)}
    counted = {
        week: one.net
        for week, one in sales.items()
        if years[_iso_year(week)] == last[_iso_year(week)] >= 52
    }
    index = _seasons(counted, lambda week: week.isocalendar().week)
    rows = {}
    for week, one in sales.items():
        before = [whole.get(week - timedelta(weeks=n)) for n in range(27)]
        z = _z_score(one.net, before[1:]) if before[0] else None
        to_date = [w for w in sales if _iso_year(w) == _iso_year(week) and w <= week]
        rows[(week,)] = (
            *_averages(one),
            _mean(before[:4]),
            _mean(before[:13]),
            money(sum(sales[w].net for w in to_date)),
            index.get(week.isocalendar().week),
            z,
            z is not None and abs(z) > Z_SCORE,
        )
    return rows


def months(shop: Independent) -> Rows:
    """(month): the figures beside the month's sums."""
    sales = shop.sales_by(month_of)
    whole = {m: s for m, s in sales.items() if shop.is_complete(m, _later(m, 1))}
    years = Counter(month.year for month in whole)
    counted = {month: one.net for month, one in sales.items() if years[month.year] == 12}
    index = _seasons(counted, lambda month: month.month)
    rows = {}
    for month, one in sales.items():
        before = [whole.get(_later(month, -n)) for n in range(13)]
        z = _z_score(one.net, before[1:]) if before[0] else None
        rows[(month,)] = (
            *_averages(one),
            _mean(before[:3]),
            _mean(before[:12]),
            index.get(month.month),
            z,
            z is not None and abs(z) > Z_SCORE,
        )
    return rows


def _iso_year(day: date) -> int:
    return day.isocalendar().year


def _averages(one: Sales) -> tuple[float | None, ...]:
    total = one.net + one.shipping + one.tax
    return (
        ratio(total, one.orders, 100),
        ratio(one.units, one.with_items),
        ratio(one.net, len(one.persons), 100),
    )


def _growth(value: int, base: int | None) -> float | None:
    return float(Fraction(value - base, base)) if base is not None and base > 0 else None


def _mean(window: Sequence[Sales | None]) -> float | None:
    known = [one.net for one in window if one]
    return ratio(sum(known), len(known), 100) if len(known) == len(window) else None


def _z_score(value: int, window: Sequence[Sales | None]) -> float | None:
    """Sample standard deviations from the mean of the window; null if it has a gap."""
    known = [one.net for one in window if one]
    mean = Fraction(sum(known), len(known) or 1)
    spread = sum((Fraction(net) - mean) ** 2 for net in known)
    if len(known) < len(window) or not spread:
        return None
    return float(value - mean) / math.sqrt(spread / (len(known) - 1))


def _seasons(net: Mapping[date, int], season: Callable[[date], int]) -> Mapping[int, float]:
    """Each season's mean divided by the overall mean."""
    groups: dict[int, list[int]] = defaultdict(list)
    for day, amount in net.items():
        groups[season(day)].append(amount)
    total = sum(net.values())
    if not total:
        return {}
    return {
        key: float(Fraction(sum(group) * len(net), len(group) * total))
        for key, group in groups.items()
    }


def forecast(shop: Independent) -> Rows:
    """(kind of period, period): the same period of the previous year."""
    year = timedelta(days=364)
    whole: dict[str, Callable[[date], bool]] = {
        "day": lambda day: day <= shop.as_of,
        "week": lambda week: shop.is_complete(week, week + timedelta(weeks=1)),
        "month": lambda month: shop.is_complete(month, _later(month, 1)),
    }
    cuts: dict[str, Callable[[date], date]] = {
        "day": lambda day: day,
        "week": week_of,
        "month": month_of,
    }
    ahead: dict[str, Callable[[date], date]] = {
        "day": lambda day: day + timedelta(days=28),
        "week": lambda week: week + timedelta(weeks=13),
        "month": lambda month: _later(month, 12),
    }
    rows: dict[Any, tuple[Any, ...]] = {}
    for kind, cut in cuts.items():
        known = {p: s.net for p, s in shop.sales_by(cut).items() if whole[kind](p)}
        following = {p: _later(p, 12) if kind == "month" else p + year for p in known}
        tried = {p: after for p, after in following.items() if after in known}
        errors = [known[p] - known[after] for p, after in tried.items()]
        came = sum(known[after] for after in tried.values())
        summary = (len(tried), ratio(sum(map(abs, errors)), came), ratio(sum(errors), came))
        for base, period in following.items():
            if period <= ahead[kind](max(known)):
                actual = known.get(period)
                rows[kind, period] = (
                    base,
                    actual is None,
                    money(known[base]),
                    None if actual is None else money(actual),
                    None if actual is None else money(known[base] - actual),
                    *(summary if tried else (0, None, None)),
                )
    return rows


def stock(shop: Independent) -> Rows:
    """(product): the effect of prices, repeat buyers and stock turnover."""
    counts: dict[int | None, list[tuple[date, int]]] = defaultdict(list)
    for level in shop.files.stock:
        counts[level.product_id].append((level.day, level.on_hand))
    units: dict[int | None, Counter[date]] = defaultdict(Counter)
    persons: dict[int | None, dict[Any, set[int]]] = defaultdict(lambda: defaultdict(set))
    for order in shop.valid:
        for line in shop.order_lines(order):
            units[line.item.product_id][order.day] += line.item.units
            buyer = shop.order_persons[order.order_id]
            persons[line.item.product_id][buyer].add(order.order_id)
    return {
        (key,): _turn(shop, key, units[key], persons[key], sorted(counts[key]))
        for key in shop.products
    }


def _turn(
    shop: Independent,
    key: int | None,
    units: Counter[date],
    persons: Mapping[Any, set[int]],
    counts: Sequence[tuple[date, int]],
) -> tuple[Any, ...]:
    product = shop.products[key]
    recent, previous, yearly = (
        sum(n for day, n in units.items() if first <= (shop.as_of - day).days < last)
        for first, last in ((0, 28), (28, 56), (0, 365))
    )
    repeat = sum(len(orders) > 1 for orders in persons.values())
    year = [level for day, level in counts if 0 <= (shop.as_of - day).days < 365]
    on_hand = counts[-1][1] if counts else None
    return (
        previous,
        yearly,
        repeat,
        ratio(product.gross - product.discounts, product.gross),
        _growth(recent, previous),
        ratio(repeat, len(persons)),
        on_hand,
        None if on_hand is None else ratio(on_hand * 28, recent),
        None if on_hand is None else ratio(product.units, product.units + on_hand),
        ratio(sum(year), len(year)),
        ratio(yearly * len(year), sum(year)),
    )


def persons(shop: Independent) -> Rows:
    """(first order): its person's value, preferences and acquisition channel."""
    tree = read_hierarchy(shop.shop)
    campaigns = {
        order: str(member)
        for member, orders in shop.last_non_direct_orders.items()
        for order in orders
    }
    rows = {}
    for buyer in shop.buyers.values():
        lines = [line for order in buyer.orders for line in shop.order_lines(order)]
        units, gross = Counter[str](), Counter[str]()
        for line in lines:
            category = tree[line.item.product_id][1]
            units[category] += line.item.units if line.item.line_type == "product" else 0
            gross[category] += line.gross
        best = sorted(
            (c for c in units if units[c]),
            key=lambda category: (-units[category], -gross[category], category),
        )
        covered = _covered(lines)
        first = buyer.orders[0].order_id
        rows[(first,)] = (
            campaigns[first],
            best[0] if best else None,
            money_or_none(_margin(lines)),
            ratio(covered, buyer.net),
        )
    return rows


def acquisition(shop: Independent) -> Rows:
    """(campaign): the cost and value of the customers it acquired."""
    winner = {
        order: str(member)
        for member, orders in shop.last_non_direct_orders.items()
        for order in orders
    }
    won: dict[str, list[Buyer]] = defaultdict(list)
    for buyer in shop.buyers.values():
        won[winner[buyer.orders[0].order_id]].append(buyer)
    credited: dict[str, list[Order]] = defaultdict(list)
    for order in shop.valid:
        credited[winner[order.order_id]].append(order)
    spend = {str(member): cents for member, cents in shop.spend.items()}
    members = {*credited, *spend, *map(str, shop.files.campaigns), *CHANNELS}
    return {
        (name,): _acquired(shop, won[name], credited[name], spend.get(name, 0)) for name in members
    }


def _acquired(
    shop: Independent, won: Sequence[Buyer], credited: Sequence[Order], spend: int
) -> tuple[Any, ...]:
    first = sum(shop.order_net[buyer.orders[0].order_id] for buyer in won)
    net = sum(shop.order_net[order.order_id] for buyer in won for order in buyer.orders)
    monthly: dict[int, int | None] = {}
    covered = 0
    for buyer in won:
        for order in buyer.orders:
            month = _months_between(buyer.orders[0].day, order.day)
            lines = shop.order_lines(order)
            covered += _covered(lines)
            margin, so_far = _margin(lines), monthly.get(month)
            monthly[month] = so_far if margin is None else (so_far or 0) + margin
    # A month without one of their orders cannot be the payback month.
    known = [month for month in sorted(monthly) if monthly[month] is not None]
    sums = list(accumulate(monthly[month] or 0 for month in known))
    first_known = known[0] if known else None
    months = [month for month in sorted(monthly) if known and month >= (first_known or 0)]
    totals = [sum(monthly[n] or 0 for n in months if n <= month) for month in months]
    paid = [month for month, total in zip(months, totals, strict=True) if total >= spend]
    margin = sums[-1] if sums else None
    journeys = [(order, shop.journeys[order.order_id]) for order in credited]
    touched = [(order, journey) for order, journey in journeys if journey]
    lags = sorted((order.ordered_at - journey[0].touched_at).days for order, journey in touched)
    return (
        len(credited),
        len(won),
        money(spend),
        money(first),
        money(net),
        money_or_none(margin),
        ratio(covered, net),
        ratio(first, spend),
        ratio(spend, len(won), 100),
        ratio(net, len(won), 100),
        None if margin is None else ratio(margin, len(won), 100),
        None if margin is None else ratio(margin, spend),
        paid[0] if paid else None,
        _quantile(sorted(len(journey) for _, journey in touched), 50),
        _quantile(lags, 50),
        _quantile(lags, 90),
    )
