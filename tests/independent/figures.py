"""The shop's numbers, computed a second time, straight from its files.

Plain Python over whole cents, one order after the other, while the models are SQL over sets. Both
share only the published definitions in models/docs/columns.md. Money is in cents here.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from unicodedata import category

from .admission import admit, made_item
from .files import Files, Item, Order, Refund, Touch, read_files

ACTIVE_DAYS = 90
AT_RISK_DAYS = 180
VIP_CENTS = 2_000_00
JOURNEY = timedelta(days=30)
HALF_LIFE_DAYS = 7
RECENT_DAYS = 28
# The models that need only a rule; `markov` also needs the weights of its chain.
RULES = (
    "first_touch",
    "last_touch",
    "last_non_direct",
    "linear",
    "position_based",
    "time_decay",
    "shapley",
)
MODELS = (*RULES, "markov")
# The names for a missing campaign.
CHANNELS = ("email", "social", "search", "display", "affiliate", "direct", "(none)", "(unmapped)")

# The characters of Python's own strip, except four separators that are not white space in Unicode.
_WHITE_SPACE = "".join(
    c for c in map(chr, range(0x3001)) if c.isspace() and c not in "\x1c\x1d\x1e\x1f"
)

# The identity of a person: ("email", address), ("customer", id) or ("order", id).
Person = tuple[str, str | int]
# What gets credit: a campaign's id, a channel without a campaign, or "(none)".
Member = int | str


@dataclass
class Line:
    """An order line with its share of the order's discount, and its refunds."""

    item: Item
    gross: int = 0
    discount: int = 0
    gift_card: int = 0
    tip: int = 0
    included_tax: int = 0
    returned_units: int = 0
    returns: int = 0

    @property
    def sales(self) -> int:
        """The sales value of the goods."""
        return self.gross - self.discount

    @property
    def net(self) -> int:
        """Net sales of the line."""
        return self.sales - self.returns

    @property
    def margin(self) -> int | None:
        """Net sales less the cost of the units kept; null if the cost is unknown."""
        if self.item.unit_cost is None:
            return None
        return self.net - self.item.unit_cost * (self.item.units - self.returned_units)


@dataclass
class Sales:
    """The sales of a period."""

    persons: set[Person] = field(default_factory=set)
    new: int = 0
    orders: int = 0
    with_items: int = 0
    cancelled: int = 0
    units: int = 0
    gross: int = 0
    discounts: int = 0
    returns: int = 0
    shipping: int = 0
    tax: int = 0
    gift_cards: int = 0

    @property
    def net(self) -> int:
        """Net sales."""
        return self.gross - self.discounts - self.returns

    @property
    def average_order_value(self) -> float | None:
        """Gross less discounts over orders with items, in money."""
        return ratio(self.gross - self.discounts, self.with_items, scale=100)


@dataclass
class Buyer:
    """A person's history of valid orders, first to last."""

    orders: list[Order] = field(default_factory=list)
    with_items: int = 0
    units: int = 0
    gross: int = 0
    discounts: int = 0
    returns: int = 0
    shipping: int = 0
    tax: int = 0

    @property
    def net(self) -> int:
        """Net sales: the lifetime value."""
        return self.gross - self.discounts - self.returns

    @property
    def days_between(self) -> list[int]:
        """Days from each order to the next."""
        return [
            (after.day - before.day).days
            for before, after in zip(self.orders, self.orders[1:], strict=False)
        ]

    @property
    def median_days(self) -> int | None:
        """The median of the days between orders, the lower middle one for an even number."""
        days = sorted(self.days_between)
        return days[(len(days) - 1) // 2] if days else None

    @property
    def mean_days(self) -> float | None:
        """The mean of the days between orders."""
        return ratio(sum(self.days_between), len(self.days_between))


@dataclass
class ProductSales:
    """The sales of a product over all valid orders."""

    orders: set[int] = field(default_factory=set)
    persons: set[Person] = field(default_factory=set)
    days: set[date] = field(default_factory=set)
    units: int = 0
    returned_units: int = 0
    recent_units: int = 0
    gross: int = 0
    discounts: int = 0
    returns: int = 0
    gift_cards: int = 0
    margin: int | None = None
    covered_net: int = 0

    @property
    def net(self) -> int:
        """Net sales."""
        return self.gross - self.discounts - self.returns

    @property
    def margin_rate(self) -> float | None:
        """Margin over the net sales of lines with known cost."""
        return None if self.margin is None else ratio(self.margin, self.covered_net)

    def earn(self, line: Line) -> None:
        """Add the margin of a line, if its cost is known."""
        if line.margin is not None:
            self.margin = (self.margin or 0) + line.margin
            self.covered_net += line.net


@dataclass(frozen=True)
class Share:
    """One attribution model's credit for one touch of an order.

    Attributes:
        order: The order.
        position: The touch's position in the path from 1; 0 for an order without a touch.
        member: The campaign or channel of the touch.
        touchpoint_id: The touch; none if the shop records none, or the order has none.
        credit: The touch's part of the order, 0 to 1.
        revenue: The touch's part of its net sales.
    """

    order: Order
    position: int
    member: Member
    touchpoint_id: int | None
    credit: float
    revenue: int


@dataclass
class Credit:
    """One attribution model's credit for one campaign, in total and by month.

    Orders are in billionths.
    """

    revenue: int = 0
    monthly: Counter[date] = field(default_factory=Counter)
    monthly_orders: Counter[date] = field(default_factory=Counter)
    monthly_new: Counter[date] = field(default_factory=Counter)


def ratio(over: int, under: int, scale: int = 1) -> float | None:
    """One divided by the other, null on zero; `scale` turns cents into money."""
    return over / (under * scale) if under else None


def allocate(whole: int, weights: Sequence[int]) -> list[int]:
    """Split a whole number in proportion to weights; the first largest gets the remainder."""
    sign, whole, total = (-1 if whole < 0 else 1), abs(whole), sum(weights)
    shares = [whole * weight // total if total else 0 for weight in weights]
    shares[weights.index(max(weights))] += whole - sum(shares)
    return [sign * share for share in shares]


def spread(whole: int, weights: Sequence[int], day: date) -> list[int]:
    """Split by largest remainder; between equal ones, the day decides which touch is first."""
    sign, whole, total, count = (-1 if whole < 0 else 1), abs(whole), sum(weights), len(weights)
    shares = [whole * weight // total for weight in weights]
    turn = (day - date(1970, 1, 1)).days
    line = sorted(
        range(count),
        key=lambda n: (-(whole * weights[n] % total), (n + 1 + turn) % count),
    )
    for place in line[: whole - sum(shares)]:
        shares[place] += 1
    return [sign * share for share in shares]


def month_of(day: date) -> date:
    """The first day of the month."""
    return day.replace(day=1)


def week_of(day: date) -> date:
    """The Monday of the ISO week, via ISO year and week."""
    year, week, _ = day.isocalendar()
    return date.fromisocalendar(year, week, 1)


def is_valid(order: Order) -> bool:
    """Whether the order counts."""
    return not order.is_test and order.status not in ("cancelled", "(unmapped)")


class Independent:
    """A shop's figures from its files."""

    def __init__(self, shop: Path) -> None:
        """Read the files and process every order, line and refund once."""
        self.shop = shop
        self.files: Files
        self.files, self.refunds_without_order = admit(read_files(shop), datetime.now(UTC))
        self.orders: dict[int, Order] = {o.order_id: o for o in self.files.orders}
        self.valid: list[Order] = sorted(
            filter(is_valid, self.files.orders), key=lambda o: (o.ordered_at, o.order_id)
        )
        self.lines: dict[int, list[Line]] = defaultdict(list)
        for item in sorted(self.files.items, key=lambda item: item.item_id):
            self.lines[item.order_id].append(Line(item))
        for order_id, lines in self.lines.items():
            _price(self.orders[order_id], lines)
        # The value of goods in each refund, without gift cards.
        self.refund_parts: dict[int, list[tuple[Line | None, int]]] = {}
        self.refunds: list[Refund] = sorted(
            self.files.refunds, key=lambda r: (r.refunded_at, r.refund_id)
        )
        for order in self.files.orders:
            refunds = [r for r in self.refunds if r.order_id == order.order_id]
            if _is_refunded_beyond(refunds, self.order_lines(order)):
                self.lines[order.order_id].append(Line(made_item(order.order_id, 0, 0)))
                self.files.product_names.setdefault(None, "(no product)")
            self.refund_parts |= _give_back(refunds, self.order_lines(order))
        for order_id, lines in self.lines.items():
            self._exchange(self.orders[order_id], lines)
        self.goods_refunded: dict[int, int] = {
            key: sum(cents for line, cents in parts if not (line and _is_outside(line)))
            for key, parts in self.refund_parts.items()
        }

    # -- persons

    @cached_property
    def account_persons(self) -> dict[int, Person]:
        """The person behind each account."""
        return {
            c.customer_id: _person(c.email, ("customer", c.customer_id))
            for c in self.files.customers
        }

    @cached_property
    def order_persons(self) -> dict[int, Person]:
        """The person of each order: the account's, else the e-mail's, else the order's own."""
        return {
            o.order_id: self.account_persons[o.customer_id]
            if o.customer_id in self.account_persons
            else _person(
                o.email,
                ("order", o.order_id) if o.customer_id is None else ("customer", o.customer_id),
            )
            for o in self.files.orders
        }

    @cached_property
    def primary_accounts(self) -> dict[Person, int]:
        """Each person's earliest account."""
        first: dict[Person, int] = {}
        for customer in sorted(self.files.customers, key=lambda c: (c.signed_up_at, c.customer_id)):
            first.setdefault(self.account_persons[customer.customer_id], customer.customer_id)
        return first

    @cached_property
    def buyers(self) -> dict[Person, Buyer]:
        """Every person with a valid order."""
        buyers: dict[Person, Buyer] = defaultdict(Buyer)
        for order in self.valid:
            buyer, lines = buyers[self.order_persons[order.order_id]], self.order_lines(order)
            buyer.orders.append(order)
            buyer.with_items += bool(lines)
            buyer.units += sum(line.item.units for line in lines)
            buyer.gross += sum(line.gross for line in lines)
            buyer.discounts += sum(line.discount for line in lines)
            shipping, tax = self.charged(order)
            buyer.shipping += shipping
            buyer.tax += tax
        for refund in self._valid_refunds():
            buyer = buyers[self.order_persons[refund.order_id or 0]]
            buyer.returns += self.goods_refunded[refund.refund_id]
            buyer.shipping -= refund.shipping
            buyer.tax -= refund.tax
        return dict(buyers)

    @cached_property
    def first_orders(self) -> set[int]:
        """The first valid order of each person."""
        return {buyer.orders[0].order_id for buyer in self.buyers.values()}

    def lifecycle_status(self, person: Person) -> str:
        """The person's status on the as-of date."""
        if person not in self.buyers:
            return "prospect"
        days = self.recency_days(person)
        if days > AT_RISK_DAYS:
            return "churned"
        if self.buyers[person].net >= VIP_CENTS:
            return "vip"
        return "active" if days <= ACTIVE_DAYS else "at-risk"

    def recency_days(self, person: Person) -> int:
        """Days from the person's last order to the as-of date."""
        return (self.as_of - self.buyers[person].orders[-1].day).days

    @cached_property
    def rfm_scores(self) -> dict[Person, tuple[int, int, int]]:
        """Recency, frequency and monetary score of each buyer."""
        persons = list(self.buyers)
        recency = _fifths([self.recency_days(p) for p in persons], (30, 90, 180, 365))
        frequency = _fifths([len(self.buyers[p].orders) for p in persons], (1, 2, 3, 4))
        monetary = _fifths([self.buyers[p].net for p in persons], (5_000, 10_000, 25_000, 50_000))
        scores = zip(recency, frequency, monetary, strict=True)
        return {p: (6 - r, f, m) for p, (r, f, m) in zip(persons, scores, strict=True)}

    # -- periods

    @cached_property
    def as_of(self) -> date:
        """The local day of the last order of any status."""
        return max(o.day for o in self.files.orders)

    @cached_property
    def first_order_day(self) -> date:
        """The local day of the first order."""
        return min(o.day for o in self.files.orders)

    @cached_property
    def calendar(self) -> tuple[date, date]:
        """The first order's day, and the later of the last order's and the last refund's."""
        refunds = [refund.day for refund in (*self.files.refunds, *self.refunds_without_order)]
        return min([self.first_order_day, *refunds]), max([self.as_of, *refunds])

    def is_complete(self, first: date, after: date) -> bool:
        """Whether the days from `first` to `after` are between the first and the last order's."""
        return self.first_order_day <= first and after - timedelta(days=1) <= self.as_of

    def sales_by(self, period: Callable[[date], date]) -> dict[date, Sales]:
        """The sales of each period, with distinct counts at this grain, and with empty periods."""
        first, last = self.calendar
        span = (first + timedelta(days=n) for n in range((last - first).days + 1))
        sales = {period(day): Sales() for day in span}
        for order in self.files.orders:
            if not order.is_test and order.status == "cancelled":
                sales[period(order.day)].cancelled += 1
        for order in self.valid:
            self._sell(sales[period(order.day)], order)
        for refund in self._valid_refunds():
            bucket = sales[period(refund.day)]
            bucket.returns += self.goods_refunded[refund.refund_id]
            bucket.shipping -= refund.shipping
            bucket.tax -= refund.tax
        for refund in self.refunds_without_order:
            bucket = sales[period(refund.day)]
            bucket.returns += refund.goods
            bucket.shipping -= refund.shipping
            bucket.tax -= refund.tax
        return sales

    def _sell(self, bucket: Sales, order: Order) -> None:
        lines = self.order_lines(order)
        bucket.persons.add(self.order_persons[order.order_id])
        bucket.new += order.order_id in self.first_orders
        bucket.orders += 1
        bucket.with_items += bool(lines)
        bucket.units += sum(line.item.units for line in lines)
        bucket.gross += sum(line.gross for line in lines)
        bucket.discounts += sum(line.discount for line in lines)
        bucket.gift_cards += sum(line.gift_card for line in lines)
        shipping, tax = self.charged(order)
        bucket.shipping += shipping
        bucket.tax += tax

    # -- products

    @cached_property
    def products(self) -> dict[int | None, ProductSales]:
        """Every product's sales, including unsold ones."""
        sales = {product: ProductSales() for product in self.files.product_names}
        recent = self.as_of - timedelta(days=RECENT_DAYS)
        for order in self.valid:
            for line in self.order_lines(order):
                product, item = sales[line.item.product_id], line.item
                product.orders.add(order.order_id)
                product.persons.add(self.order_persons[order.order_id])
                product.days.add(order.day)
                product.units += item.units
                product.recent_units += item.units if recent < order.day <= self.as_of else 0
                product.returned_units += line.returned_units
                product.gross += line.gross
                product.discounts += line.discount
                product.returns += line.returns
                product.gift_cards += line.gift_card
                product.earn(line)
        return sales

    @cached_property
    def abc_classes(self) -> dict[int | None, str]:
        """A up to the product that crosses 80 % of net sales, B up to 95 %, else C."""
        total = sum(product.net for product in self.products.values())
        classes, before = {}, 0
        for key in sorted(self.products, key=self.product_rank):
            net = self.products[key].net
            letter = "A" if before * 100 < total * 80 else "B" if before * 100 < total * 95 else "C"
            classes[key] = letter if net > 0 else "none"
            before += net
        return classes

    def product_rank(self, key: int | None) -> tuple[int, bool, int]:
        """The rank by net sales, ties by key, no product last."""
        return -self.products[key].net, key is None, key or 0

    # -- marketing

    @cached_property
    def credits(self) -> Mapping[tuple[str, Member], Credit]:
        """Each rule's credit for each campaign; `(none)` if an order has no eligible touch."""
        return {
            (model, member): credit
            for model in RULES
            for member, credit in self.credits_of(model).items()
        }

    def credits_of(
        self, model: str, removal: Mapping[Member, int] | None = None
    ) -> Mapping[Member, Credit]:
        """One model's credit for each campaign; `removal` has the weights of the Markov chain."""
        table: dict[Member, Credit] = defaultdict(Credit)
        for share in self.shares(model, removal):
            credit, month = table[share.member], month_of(share.order.day)
            credit.revenue += share.revenue
            credit.monthly[month] += share.revenue
            credit.monthly_orders[month] += round(share.credit * 10**9)
            if share.order.order_id in self.first_orders:
                credit.monthly_new[month] += round(share.credit * 10**9)
        return table

    def shares(self, model: str, removal: Mapping[Member, int] | None = None) -> Iterator[Share]:
        """One model's credit for each touch, order by order."""
        for order in self.valid:
            journey, net = self.journeys[order.order_id], self.order_net[order.order_id]
            if not journey:
                yield Share(order, 0, "(none)", None, 1.0, net)
                continue
            parts = weights(model, order, journey, removal)
            cents, whole = spread(net, parts, order.day), sum(parts)
            for place, (touch, part) in enumerate(zip(journey, parts, strict=True)):
                # A touch without weight has no credit row, not a row of zero.
                if part:
                    touched = touch.touchpoint_id or None
                    member = member_of(touch)
                    yield Share(order, place + 1, member, touched, part / whole, cents[place])

    @cached_property
    def last_non_direct_orders(self) -> Mapping[Member, list[int]]:
        """The orders whose last non-direct touch is the campaign's."""
        table: dict[Member, list[int]] = defaultdict(list)
        for order in self.valid:
            journey = self.journeys[order.order_id]
            winner = [
                touch
                for touch, weight in zip(
                    journey, weights("last_non_direct", order, journey), strict=True
                )
                if weight
            ]
            table[member_of(winner[0]) if winner else "(none)"].append(order.order_id)
        return table

    @cached_property
    def order_net(self) -> dict[int, int]:
        """Net sales of each valid order, including later returns."""
        refunded: Counter[int] = Counter()
        for refund in self._valid_refunds():
            refunded[refund.order_id or 0] += self.goods_refunded[refund.refund_id]
        return {
            o.order_id: sum(line.sales for line in self.order_lines(o)) - refunded[o.order_id]
            for o in self.valid
        }

    @cached_property
    def journeys(self) -> dict[int, list[Touch]]:
        """The eligible touches of each valid order, in order."""
        touches: dict[Person, list[Touch]] = defaultdict(list)
        for touch in sorted(self.files.touches, key=lambda t: (t.touched_at, t.touchpoint_id)):
            customer = touch.customer_id or self._device_owners.get(touch.anonymous_id or "")
            if customer is not None:
                touches[self.account_persons[customer]].append(touch)
        return {order.order_id: self._journey(order, touches) for order in self.valid}

    @cached_property
    def spend(self) -> Mapping[Member, int]:
        """The spend of each campaign."""
        spend: Counter[Member] = Counter()
        for day in self.files.spend:
            spend[day.campaign_id] += day.spend
        return spend

    def _journey(self, order: Order, touches: Mapping[Person, list[Touch]]) -> list[Touch]:
        if not self.files.touches:
            # If a shop records no touches, the order's own campaign is its only touch.
            campaign = order.campaign_id
            stand_in = Touch(0, order.customer_id, None, "", campaign, order.ordered_at)
            return [] if campaign is None else [stand_in]
        return [
            touch
            for touch in touches.get(self.order_persons[order.order_id], ())
            if order.ordered_at - JOURNEY <= touch.touched_at <= order.ordered_at
        ]

    def visitor(self, touch: Touch) -> object:
        """The visitor of a touch: the person, else the device, else this touch alone."""
        customer = touch.customer_id or self._device_owners.get(touch.anonymous_id or "")
        if customer is not None:
            return self.account_persons[customer]
        return touch.anonymous_id or touch.touchpoint_id

    @cached_property
    def _device_owners(self) -> dict[str, int]:
        """The account that each device signed in with first."""
        owners: dict[str, int] = {}
        for touch in sorted(self.files.touches, key=lambda t: (t.touched_at, t.touchpoint_id)):
            if touch.customer_id is not None and touch.anonymous_id is not None:
                owners.setdefault(touch.anonymous_id, touch.customer_id)
        return owners

    # -- lines and refunds

    def order_lines(self, order: Order) -> list[Line]:
        """The order's lines, possibly none."""
        return self.lines.get(order.order_id, [])

    def _valid_refunds(self) -> list[Refund]:
        return [r for r in self.refunds if is_valid(self.orders[r.order_id or 0])]

    def charged(self, order: Order) -> tuple[int, int]:
        """Shipping without its included tax, and tax including that in prices."""
        if not order.prices_include_tax:
            return order.shipping, order.tax
        lines = self.order_lines(order)
        of_goods = sum(line.included_tax for line in lines if not line.item.is_return)
        rest = order.tax - sum(line.included_tax for line in lines)
        of_shipping = min(order.shipping, max(rest, 0))
        return order.shipping - of_shipping, of_goods + of_shipping

    def _exchange(self, order: Order, lines: Sequence[Line]) -> None:
        """Treat lines below 0 as returns on the order's day."""
        for line in lines:
            if not line.item.is_return:
                continue
            cents, units = -line.item.line_total + line.included_tax, max(-line.item.quantity, 0)
            key = -(10**12) - line.item.item_id
            tax = -line.included_tax
            self.refunds.append(
                Refund(key, order.order_id, None, units, cents, tax, 0, order.ordered_at)
            )
            self.refund_parts[key] = [(line, cents)]
            line.returned_units += units
            line.returns += 0 if _is_outside(line) else cents


def _is_outside(line: Line) -> bool:
    """Whether the line is outside sales: a gift card or a tip."""
    return line.item.line_type in ("gift_card", "tip")


def _is_refunded_beyond(refunds: Sequence[Refund], lines: Sequence[Line]) -> bool:
    """Whether refunds exceed what was paid for the lines, and no line without a product exists."""
    paid = sum(max(_paid(line), 0) for line in lines)
    return sum(max(r.goods, 0) for r in refunds) > paid and not any(map(_is_made, lines))


def _is_made(line: Line) -> bool:
    return line.item.item_id == made_item(line.item.order_id, 0, 0).item_id


def _give_back(
    refunds: Sequence[Refund], lines: Sequence[Line]
) -> dict[int, list[tuple[Line | None, int]]]:
    """Apply an order's refunds, first to last, to its lines; returns each refund's amount per line.

    A refund takes what its named line has left, then, like a refund of the whole order, a share of
    all lines in proportion to what their own refunds leave. Anything above the lines' total goes to
    the line without a product.
    """
    order = sorted(lines, key=lambda line: (-_paid(line), _is_made(line), line.item.item_id))
    money = {line.item.item_id: max(_paid(line), 0) for line in order}
    units = {line.item.item_id: line.item.units for line in order}
    taken_money = _share_out([(r, max(r.goods, 0)) for r in refunds], money)
    taken_units = _share_out([(r, max(r.quantity, 0)) for r in refunds], units)
    parts: dict[int, list[tuple[Line | None, int]]] = {}
    for refund in refunds:
        of_lines = taken_money[refund.refund_id]
        beyond = refund.goods - sum(of_lines.values())
        main = next(
            (x for x in order if x.item.item_id == refund.item_id), order[0] if order else None
        )
        if main is None:
            parts[refund.refund_id] = [(None, refund.goods)]
            continue
        below = min(refund.goods, 0)
        spare = next(filter(_is_made, order), main)
        for line, part in ((main, below), (spare, beyond - below)):
            of_lines[line.item.item_id] = of_lines.get(line.item.item_id, 0) + part
        parts[refund.refund_id] = [(x, of_lines.get(x.item.item_id, 0)) for x in order]
        for line in order:
            key = line.item.item_id
            line.returned_units += taken_units[refund.refund_id].get(key, 0)
            line.returns += 0 if _is_outside(line) else of_lines.get(key, 0)
    return parts


def _paid(line: Line) -> int:
    return line.sales + line.gift_card + line.tip


def _share_out(
    refunds: Sequence[tuple[Refund, int]], room: Mapping[int, int]
) -> dict[int, dict[int, int]]:
    """Each refund's amount per line, for money or units; lines come largest first."""
    left = dict(room)
    shares: dict[int, dict[int, int]] = {}
    rests: list[tuple[int, int]] = []
    for refund, asked in refunds:
        of_own = min(asked, left.get(refund.item_id or 0, 0)) if refund.item_id in left else 0
        shares[refund.refund_id] = {refund.item_id: of_own} if of_own and refund.item_id else {}
        if of_own and refund.item_id:
            left[refund.item_id] -= of_own
        rests.append((refund.refund_id, asked - of_own))
    whole = unspent = sum(left.values())
    base = dict(left)
    odd: list[tuple[int, int]] = []
    for key, rest in rests:
        rest = min(rest, unspent)
        unspent -= rest
        for line, size in base.items():
            part = rest * size // whole if whole else 0
            shares[key][line] = shares[key].get(line, 0) + part
            left[line] -= part
        odd.append((key, rest - sum(rest * n // whole for n in base.values()) if whole else 0))
    for key, cents in odd:
        for line in base:
            part = min(cents, left[line])
            shares[key][line] += part
            left[line] -= part
            cents -= part
    return shares


def weights(
    model: str,
    order: Order,
    journey: Sequence[Touch],
    removal: Mapping[Member, int] | None = None,
) -> list[int]:
    """Each touch's weight under an attribution model."""
    last = len(journey) - 1
    if model == "first_touch":
        return [int(n == 0) for n in range(last + 1)]
    if model == "last_non_direct":
        marketing = [n for n, touch in enumerate(journey) if touch.channel != "direct"]
        return [int(n == (marketing or [last])[-1]) for n in range(last + 1)]
    if model == "linear":
        return [1] * (last + 1)
    if model == "position_based":
        # 40 : 20 / between : 40, in whole numbers; without touches between, halves.
        ends, between = (2 * (last - 1), 1) if last > 1 else (1, 0)
        return [ends if n in (0, last) else between for n in range(last + 1)]
    if model in ("shapley", "markov"):
        weight = removal if removal and model == "markov" else {}
        return first_visits([member_of(touch) for touch in journey], weight)
    if model == "time_decay":
        return [_decayed((order.ordered_at - touch.touched_at).days) for touch in journey]
    return [int(n == last) for n in range(last + 1)]


def first_visits(members: Sequence[Member], weight: Mapping[Member, int]) -> list[int]:
    """Each member's weight, by default 1, at its first touch of the path; 0 at its others."""
    return [
        0 if member in members[:place] else weight.get(member, 1)
        for place, member in enumerate(members)
    ]


def member_of(touch: Touch) -> Member:
    """The campaign or channel of the touch."""
    return touch.channel if touch.campaign_id is None else touch.campaign_id


@cache
def _decayed(days: int) -> int:
    """Whole billionths, rounded down."""
    return int(Decimal(2) ** (Decimal(-days) / HALF_LIFE_DAYS) * 10**9)


def _price(order: Order, lines: Sequence[Line]) -> None:
    """Split the order's own discount over its lines, and goods from gift cards and tips."""
    own = max(order.discount - sum(line.item.discount for line in lines), 0)
    for outside in (False, True):
        bearers = [line for line in lines if _is_outside(line) == outside]
        if not bearers:
            continue
        sold = [_sold(line) for line in bearers]
        borne = min(own, sum(sold))
        own -= borne
        for line, paid, share in zip(bearers, sold, allocate(borne, sold), strict=True):
            price = paid if line.item.is_return else paid + max(line.item.discount, 0)
            if not outside:
                line.gross, line.discount = price, price - paid + share
            elif line.item.is_gift_card:
                line.gift_card = paid - share
            else:
                line.tip = paid - share
    if order.prices_include_tax:
        _take_tax_out(order, [line for line in lines if not _is_outside(line)])


def _sold(line: Line) -> int:
    return 0 if line.item.is_return else line.item.line_total


def _take_tax_out(order: Order, lines: Sequence[Line]) -> None:
    """Remove included tax: by line if all lines have it, else by sales, including shipping."""
    if not lines:
        return
    sold = [line.sales for line in lines]
    if all(line.item.tax is not None for line in lines):
        taxes = [
            line.item.tax or 0
            if line.item.is_return
            else min(max(line.item.tax or 0, 0), line.sales)
            for line in lines
        ]
    else:
        tax, base = max(order.tax, 0), sum(sold) + order.shipping
        of_goods = min(tax - (tax * order.shipping // base if base else 0), sum(sold))
        taxes = allocate(of_goods, sold)
    for line, tax in zip(lines, taxes, strict=True):
        line.included_tax = tax
        if not line.item.is_return:
            line.gross -= tax


def _person(email: str | None, fallback: Person) -> Person:
    """The normalised e-mail, else the fallback; only ASCII letters are lowered."""
    visible = "".join(c for c in email or "" if category(c) != "Cf")
    address = "".join(c.lower() if c.isascii() else c for c in visible.strip(_WHITE_SPACE))
    return ("email", address) if address else fallback


def rfm_segment(recency: int, frequency: int, monetary: int) -> str:
    """The segment of three scores: champions have all the highest, the others come from a table."""
    if min(recency, frequency, monetary) > 3:
        return "Champions"
    rows = {
        5: ("New", "Promising", "Loyal", "Loyal", "Loyal"),
        4: ("New", "Promising", "Loyal", "Loyal", "Loyal"),
        3: ("Needs attention", "Needs attention", "Loyal", "Loyal", "Loyal"),
        2: ("Hibernating", "Hibernating", "At risk", "At risk", "At risk"),
        1: ("Hibernating", "Hibernating", "At risk", "At risk", "At risk"),
    }
    return rows[recency][frequency - 1]


def _fifths(values: Sequence[int], fixed: Sequence[int]) -> list[int]:
    """1 to 5: one more than the number of cut points below the value.

    A cut point is the smallest value that a fifth, two fifths, ... of all values do not exceed; if
    cut points coincide the fixed ones are used.
    """
    ordered = sorted(values)
    cuts: Sequence[int] = [ordered[-(-len(ordered) * fifth // 5) - 1] for fifth in range(1, 5)]
    if len(set(cuts)) < len(cuts):
        cuts = fixed
    return [1 + sum(value > cut for cut in cuts) for value in values]


@cache
def figures_of(shop: Path) -> Independent:
    """The shop's figures, computed once for all tests."""
    return Independent(shop)
