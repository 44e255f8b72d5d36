"""The customers page: status, retention, segments, channels and countries."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ecommerce_analytics.engines.base import Row
from ecommerce_analytics.report.model import (
    ALL,
    Cells,
    Column,
    Filter,
    Option,
    Page,
    Panel,
    name_of,
    ratio,
)
from ecommerce_analytics.report.reader import Reader

# One row per kind of person; the page's figures are sums of these rows.
_PERSONS: Final = """
with ranked_countries as (
    select country, row_number() over (order by count(*) desc nulls last, country asc) as place
    from {{ ref('customer_analytics') }}
    where country is not null
    group by country
)
select
    coalesce(cast(extract(year from persons.first_order_date) as integer), 0),
    coalesce(persons.acquisition_channel, '(no channel)'),
    persons.lifecycle_status,
    coalesce(persons.rfm_segment, '(no order)'),
    coalesce(persons.recency_score, 0),
    coalesce(persons.frequency_score, 0),
    case when persons.order_count < 10 then persons.order_count else 10 end,
    case
        when ranked_countries.place <= 20 then persons.country
        when ranked_countries.place > 20 then '(other)'
        else '(unknown)'
    end,
    count(*),
    count(case when persons.is_repeat_customer then 1 end),
    sum(persons.order_count),
    sum(persons.orders_with_items_count),
    sum(persons.gross_amount),
    sum(persons.discount_amount),
    sum(persons.net_amount),
    sum(coalesce(persons.recency_days, 0)),
    sum(persons.expected_net_amount_365d)
from {{ ref('customer_analytics') }} as persons
left join ranked_countries on persons.country = ranked_countries.country
where persons.order_count > 0 or not persons.is_test
group by 1, 2, 3, 4, 5, 6, 7, 8
"""
# Only complete months of the latest cohorts, to limit the page's size.
_COHORTS: Final = """
select
    cohort_month,
    month_number,
    cohort_customer_count,
    active_customer_count,
    retention_rate,
    net_amount_per_customer
from {{ ref('customer_cohorts') }}
where is_complete and month_number between 1 and 36
order by cohort_month asc, month_number asc
"""
_COHORT_VALUES: Final = """
select
    cast(extract(year from cohort_month) as integer),
    month_number,
    count(*),
    sum(cohort_customer_count),
    sum(cumulative_net_amount),
    sum(cumulative_margin_amount)
from {{ ref('customer_cohorts') }}
where is_complete and month_number <= 60
group by 1, 2
order by 1 asc, 2 asc
"""
_MOST_COHORTS: Final = 36
_COHORT: Final = "cohort"
_CHANNEL: Final = "channel"
_EXPECTED: Final = Column(
    "expected", "Expected in a year", "money", hint="By BG/NBD and Gamma-Gamma."
)
# Older years are only in "any time", to limit the page's size.
_MOST_YEARS: Final = 8
_STATUSES: Final = ("vip", "active", "at-risk", "churned", "prospect")
_MOST_ORDERS: Final = 10


@dataclass
class Group:
    """Sums over a group of persons."""

    persons: int = 0
    buyers: int = 0
    repeat: int = 0
    orders: int = 0
    orders_with_items: int = 0
    sales: Decimal = Decimal(0)
    net: Decimal = Decimal(0)
    recency: int = 0
    expected: Decimal | None = None

    def add(self, other: "Group") -> None:
        """Add another group's sums."""
        self.persons += other.persons
        self.buyers += other.buyers
        self.repeat += other.repeat
        self.orders += other.orders
        self.orders_with_items += other.orders_with_items
        self.sales += other.sales
        self.net += other.net
        self.recency += other.recency
        if other.expected is not None:
            self.expected = (self.expected or Decimal(0)) + other.expected


@dataclass(frozen=True)
class Kind:
    """The attributes shared by the persons of one row."""

    year: int
    channel: str
    status: str
    segment: str
    recency: int
    frequency: int
    orders: int
    country: str


Key = tuple[str | int, ...]


@dataclass(frozen=True)
class _Persons:
    """All kinds of persons, and the choices of the page's two filters."""

    kinds: Sequence[tuple[Kind, Group]]
    choices: Sequence[tuple[str, str]]

    def by(
        self, key: Callable[[Kind], Key], where: Callable[[Kind], bool]
    ) -> Iterator[tuple[str, str, Mapping[Key, Group]]]:
        """The persons of each filter choice, grouped; every group is in every choice."""
        every = sorted({key(kind) for kind, _ in self.kinds if where(kind)})
        groups: dict[tuple[str, str], dict[Key, Group]] = defaultdict(
            lambda: {one: Group() for one in every}
        )
        for kind, group in self.kinds:
            if where(kind):
                for cohort in {ALL, str(kind.year)}:
                    for channel in (ALL, kind.channel):
                        groups[cohort, channel][key(kind)].add(group)
        for choice in self.choices:
            yield (*choice, groups[choice])


def customers(reader: Reader) -> Page:
    """Build the page.

    Args:
        reader: The warehouse.

    Returns:
        The page: figures, status, RFM map and segments, orders per person, channels, countries.
    """
    kinds = [_kind(row) for row in reader.rows(_PERSONS)]
    years = sorted({kind.year for kind, _ in kinds if kind.year}, reverse=True)[:_MOST_YEARS]
    channels = sorted({kind.channel for kind, _ in kinds})
    persons = _Persons(
        kinds,
        [(cohort, channel) for cohort in (ALL, *map(str, years)) for channel in (ALL, *channels)],
    )
    filters = (
        Filter(
            _COHORT,
            "First order",
            (
                Option(ALL, "Any time"),
                *(Option(str(year), f"In {year}") for year in years),
            ),
        ),
        Filter(
            _CHANNEL,
            "Acquisition channel",
            (Option(ALL, "Any channel"), *(Option(name, name_of(name)) for name in channels)),
        ),
    )
    return Page(
        "customers",
        "Customers",
        "Who buys, how often, and who is about to leave. People, not accounts; guests included.",
        filters,
        (
            _figures(persons),
            _status(persons),
            _rfm(persons),
            _retention(reader),
            _cohort_value(reader),
            _segments(persons),
            *_predicted(persons),
            _orders(persons),
            _channels(persons),
            _countries(persons),
        ),
    )


def _kind(row: Row) -> tuple[Kind, Group]:
    *kind, persons, repeat, orders, with_items, gross, discounts, net, recency, expected = row
    made = Kind(*kind)
    return made, Group(
        persons=int(persons),
        buyers=int(persons) if made.orders else 0,
        repeat=int(repeat),
        orders=int(orders),
        orders_with_items=int(with_items),
        sales=Decimal(gross) - Decimal(discounts),
        net=Decimal(net),
        recency=int(recency),
        expected=expected,
    )


def _bought(kind: Kind) -> bool:
    return kind.orders > 0


def _any(_: Kind) -> bool:
    return True


def _columns(*columns: Column) -> tuple[Column, ...]:
    return (
        Column(_COHORT, "First order", filter=_COHORT, shown=False),
        Column(_CHANNEL, "Acquisition channel", filter=_CHANNEL, shown=False),
        *columns,
    )


_PERSON_COUNT: Final = Column("persons", "Customers", "count")
_SHARE: Final = Column("share", "Share", "share")
_NET: Final = Column("net", "Net sales", "money")
_VALUE: Final = Column("value", "Net sales each", "amount", hint="Net sales per customer.")
_ORDERS_EACH: Final = Column("orders_each", "Orders each", "number", hint="Orders per customer.")


def _figures(persons: _Persons) -> Panel:
    def rows() -> Iterator[Cells]:
        for cohort, channel, groups in persons.by(lambda kind: (kind.status,), _bought):
            buyers, here = Group(), Group()
            for (status,), group in groups.items():
                buyers.add(group)
                if status in {"vip", "active"}:
                    here.add(group)
            yield (
                cohort,
                channel,
                buyers.buyers,
                ratio(buyers.repeat, buyers.buyers),
                ratio(buyers.net, buyers.buyers),
                ratio(buyers.orders, buyers.buyers),
                ratio(buyers.sales, buyers.orders_with_items),
                ratio(here.buyers, buyers.buyers),
            )

    figures = (
        Column("persons", "Customers", "count", hint="People with a valid order."),
        Column("repeat_rate", "Repeat rate", "share", hint="Share with at least two orders."),
        Column("value", "Net sales per customer", "amount", hint="Over all orders so far."),
        Column("orders_each", "Orders per customer", "number"),
        Column("average_order_value", "Average order", "amount"),
        Column("active_rate", "Active or VIP", "share", hint="By days since the last order."),
    )
    return Panel(
        "figures",
        "Key figures",
        "All orders so far, as of the day of the last order.",
        _columns(*figures),
        list(rows()),
        chart="cards",
        options={"cards": [{"key": column.key} for column in figures]},
        width=12,
    )


def _status(persons: _Persons) -> Panel:
    def rows() -> Iterator[Cells]:
        for cohort, channel, groups in persons.by(lambda kind: (kind.status,), _any):
            everyone = sum(group.persons for group in groups.values())
            for status in _STATUSES:
                group = groups.get((status,), Group())
                yield (
                    cohort,
                    channel,
                    status,
                    group.persons,
                    ratio(group.persons, everyone),
                    group.net,
                    ratio(group.net, group.persons),
                )

    return Panel(
        "status",
        "Lifecycle status",
        "By days since the last order: active, at risk, churned. VIPs have high net sales and are "
        "not churned; prospects have not ordered yet.",
        _columns(Column("status", "Status", "name"), _PERSON_COUNT, _SHARE, _NET, _VALUE),
        list(rows()),
        chart="bars",
        options={"label": "status", "value": "persons"},
        width=5,
    )


def _rfm(persons: _Persons) -> Panel:
    def rows() -> Iterator[Cells]:
        for cohort, channel, groups in persons.by(
            lambda kind: (kind.recency, kind.frequency), _bought
        ):
            for recency in range(5, 0, -1):
                for frequency in range(1, 6):
                    group = groups.get((recency, frequency), Group())
                    yield (
                        cohort,
                        channel,
                        str(recency),
                        str(frequency),
                        group.persons,
                        group.net,
                        ratio(group.net, group.persons),
                    )

    return Panel(
        "rfm",
        "Recency and frequency (RFM)",
        "Number of customers by how recently (up) and how often (right) they ordered, both scored "
        "from 1 to 5.",
        _columns(
            Column("recency", "Recency score"),
            Column("frequency", "Frequency score"),
            _PERSON_COUNT,
            _NET,
            _VALUE,
        ),
        list(rows()),
        chart="heat",
        options={
            "x": "frequency",
            "y": "recency",
            "value": "persons",
            "xName": "Frequency",
            "yName": "Recency",
            "line": 44,
        },
        width=7,
    )


def _retention(reader: Reader) -> Panel:
    found = reader.rows(_COHORTS)
    latest = sorted({month for month, *_ in found})[-_MOST_COHORTS:]
    return Panel(
        "retention",
        "Retention of new customers",
        "Share of each month's new customers who ordered again in later months. Incomplete months "
        "are not shown.",
        (
            Column(_COHORT, "First order", filter=_COHORT, obey="within", shown=False),
            Column("month", "First order in", "month"),
            Column("number", "Months later", "count"),
            Column("customers", "New customers", "count"),
            Column("active", "Ordered again", "count"),
            Column("retention", "Retention", "share"),
            Column("net", "Net sales each", "amount", hint="Of that month, per new customer."),
        ),
        [(str(row[0].year), *row) for row in found if row[0] in latest],
        chart="heat",
        options={
            "x": "number",
            "y": "month",
            "value": "retention",
            "xName": "Months after the first order",
            "line": 18,
        },
        width=7,
    )


def _cohort_value(reader: Reader) -> Panel:
    found = reader.rows(_COHORT_VALUES)
    cohorts = {year: count for year, number, count, *_ in found if number == 0}
    # A mean over only some of the year's cohorts would not be comparable.
    common = [row for row in found if row[2] == cohorts.get(row[0])]
    reached = {year for year, number, *_ in common if number}
    rows = [
        (
            str(year),
            f"First order in {year}",
            number,
            customers,
            ratio(net, customers),
            None if margin is None else ratio(margin, customers),
        )
        for year, number, _, customers, net, margin in common
        if year in reached
    ]
    return Panel(
        "value",
        "Cumulative net sales per customer",
        "Net sales per new customer by months since the first order and year of the first order. "
        "A line ends at the last month that all customers of the year have reached.",
        (
            Column(_COHORT, "First order", filter=_COHORT, obey="within", shown=False),
            Column("year", "Customers"),
            Column("number", "Months later", "count"),
            Column("customers", "New customers", "count"),
            Column("net", "Net sales each", "amount"),
            Column("margin", "Margin each", "amount"),
        ),
        rows,
        chart="lines",
        options={"x": "number", "y": ["net"], "series": "year", "height": 480},
        width=5,
    )


def _fitted(persons: _Persons) -> bool:
    return any(group.expected is not None for _, group in persons.kinds)


def _segments(persons: _Persons) -> Panel:
    fitted = _fitted(persons)

    def rows() -> Iterator[Cells]:
        for cohort, channel, groups in persons.by(lambda kind: (kind.segment,), _bought):
            everyone = sum(group.persons for group in groups.values())
            net = sum((group.net for group in groups.values()), Decimal(0))
            for (segment,), group in _largest(groups):
                yield (
                    cohort,
                    channel,
                    segment,
                    group.persons,
                    ratio(group.persons, everyone),
                    group.net,
                    ratio(group.net, net),
                    ratio(group.net, group.persons),
                    ratio(group.orders, group.persons),
                    ratio(group.recency, group.persons),
                    *([group.expected] if fitted else []),
                )

    return Panel(
        "segments",
        "Segments",
        "Customer groups by recency, frequency and value. "
        + (
            "Expected: net sales in the next 365 days."
            if fitted
            else "Run ecom fit-clv, then ecom build, to add expected net sales."
        ),
        _columns(
            Column("segment", "Segment"),
            _PERSON_COUNT,
            _SHARE,
            _NET,
            Column("net_share", "Share of net", "share"),
            _VALUE,
            _ORDERS_EACH,
            Column("recency", "Days since last", "days", hint="Mean days since the last order."),
            *([_EXPECTED] if fitted else []),
        ),
        list(rows()),
        width=12,
    )


def _predicted(persons: _Persons) -> Iterator[Panel]:
    """Expected net sales of the next year, if they have been predicted."""
    if not _fitted(persons):
        return

    def rows() -> Iterator[Cells]:
        for cohort, channel, groups in persons.by(lambda kind: (kind.segment,), _bought):
            known = [(key, group) for key, group in _largest(groups) if group.expected is not None]
            everyone = sum((group.expected or Decimal(0) for _, group in known), Decimal(0))
            for (segment,), group in sorted(known, key=lambda one: -(one[1].expected or 0)):
                yield (
                    cohort,
                    channel,
                    segment,
                    group.expected,
                    ratio(group.expected or 0, everyone),
                    ratio(group.expected or 0, group.persons),
                )

    yield Panel(
        "predicted",
        "Expected net sales, next 365 days",
        "Expected net sales of today's customers in the next 365 days, by segment. Models: BG/NBD "
        "for the orders, Gamma-Gamma for their value.",
        _columns(
            Column("segment", "Segment"),
            _EXPECTED,
            _SHARE,
            Column("each", "Expected each", "amount"),
        ),
        list(rows()),
        chart="bars",
        options={"label": "segment", "value": "expected"},
        width=12,
    )


def _orders(persons: _Persons) -> Panel:
    def rows() -> Iterator[Cells]:
        for cohort, channel, groups in persons.by(lambda kind: (kind.orders,), _bought):
            everyone = sum(group.persons for group in groups.values())
            for orders in range(1, _MOST_ORDERS + 1):
                group = groups.get((orders,), Group())
                label = f"{orders} or more" if orders == _MOST_ORDERS else str(orders)
                yield (
                    cohort,
                    channel,
                    label,
                    group.persons,
                    ratio(group.persons, everyone),
                    group.net,
                )

    return Panel(
        "orders",
        "Orders per customer",
        "Number of customers by number of orders.",
        _columns(Column("orders", "Orders"), _PERSON_COUNT, _SHARE, _NET),
        list(rows()),
        chart="bars",
        options={"label": "orders", "value": "persons"},
        width=4,
    )


def _channels(persons: _Persons) -> Panel:
    rows = [
        row
        for cohort, channel, groups in persons.by(lambda kind: (kind.channel,), _bought)
        if channel == ALL
        for row in _profile(cohort, groups)
    ]
    return Panel(
        "channels",
        "Acquisition channel",
        "The channel of the sign-up; guests and organic sign-ups have none.",
        (
            Column(_COHORT, "First order", filter=_COHORT, shown=False),
            Column(_CHANNEL, "Acquisition channel", "name", filter=_CHANNEL, obey="mark"),
            *_PROFILE,
        ),
        rows,
        chart="bars",
        options={"label": _CHANNEL, "value": "persons", "choose": _CHANNEL},
        width=4,
    )


def _countries(persons: _Persons) -> Panel:
    rows = [
        (row[0], channel, *row[1:])
        for cohort, channel, groups in persons.by(lambda kind: (kind.country,), _bought)
        for row in _profile(cohort, groups)
    ]
    return Panel(
        "countries",
        "Countries",
        "By address: the twenty countries with most customers, the others together.",
        _columns(Column("country", "Country", "country"), *_PROFILE),
        rows,
        chart="bars",
        options={"label": "country", "value": "persons", "most": 10},
        width=4,
    )


_PROFILE: Final = (
    _PERSON_COUNT,
    Column("repeat_rate", "Repeat rate", "share"),
    _ORDERS_EACH,
    _NET,
    _VALUE,
)


def _profile(cohort: str, groups: Mapping[Key, Group]) -> Iterator[Cells]:
    for (name,), group in _largest(groups):
        yield (
            cohort,
            name,
            group.persons,
            ratio(group.repeat, group.persons),
            ratio(group.orders, group.persons),
            group.net,
            ratio(group.net, group.persons),
        )


def _largest(groups: Mapping[Key, Group]) -> Iterable[tuple[Key, Group]]:
    filled = [(key, group) for key, group in groups.items() if group.persons]
    return sorted(filled, key=lambda entry: (-entry[1].persons, entry[0]))
