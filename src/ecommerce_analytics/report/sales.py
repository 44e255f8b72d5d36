"""Sales by month and category, and the shop's totals, used by several pages.

Returns count on the day of the refund, so the categories add up to the shop to the cent.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Final

from ecommerce_analytics.report.model import ALL, Filter, Option, ratio
from ecommerce_analytics.report.periods import Month, Period, periods_of, spans_sql
from ecommerce_analytics.report.reader import Reader

CATEGORY: Final = "category"
# Several categories together, or none. The row `(all)` is read from the shop's own marts instead.
_OTHER: Final = "(other)"
_UNKNOWN: Final = "(unknown)"

_HISTORY: Final = """
select
    month_start_date,
    is_complete,
    gross_amount,
    discount_amount,
    returns_amount,
    unit_count,
    order_count,
    orders_with_items_count,
    cancelled_order_count,
    customer_count,
    new_customer_count,
    shipping_amount,
    tax_amount,
    total_sales_amount
from {{ ref('orders_monthly') }}
order by month_start_date asc
"""
_CATEGORIES: Final = """
select
    category_group,
    month_start_date,
    gross_amount,
    discount_amount,
    returns_amount,
    unit_count,
    order_count,
    new_customer_count
from {{ ref('category_sales_monthly') }}
"""
# Each customer counts in their first month of the span.
_CUSTOMERS: Final = f"""
with spans as (
{{{{ spans }}}}
)
select
    case when monthly.category_group = '(all)' then '{ALL}' else monthly.category_group end,
    spans.span,
    sum(monthly.customer_count)
from {{{{ ref('category_customers_monthly') }}}} as monthly
inner join spans
    on monthly.month_start_date >= spans.first_day
    and monthly.month_start_date < spans.after_day
    and coalesce(monthly.previous_month_start_date < spans.first_day, true)
group by monthly.category_group, spans.span
"""  # noqa: S608 (ours)


@dataclass(frozen=True)
class Totals:
    """Sums over some months; valid orders only, returns on the refund's day."""

    gross: Decimal = Decimal(0)
    discounts: Decimal = Decimal(0)
    returns: Decimal = Decimal(0)
    units: int = 0
    orders: int = 0
    orders_with_items: int = 0
    new_customers: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        """The sum; orders and new customers of different months do not overlap."""
        return Totals(
            self.gross + other.gross,
            self.discounts + other.discounts,
            self.returns + other.returns,
            self.units + other.units,
            self.orders + other.orders,
            self.orders_with_items + other.orders_with_items,
            self.new_customers + other.new_customers,
        )

    @property
    def net(self) -> Decimal:
        """Net sales."""
        return self.gross - self.discounts - self.returns

    @property
    def average_order_value(self) -> float | None:
        """(Gross - discounts) / orders with items."""
        return ratio(self.gross - self.discounts, self.orders_with_items)

    @property
    def return_rate(self) -> float | None:
        """Returns / (gross - discounts); above 1 if recent sales are low."""
        return ratio(self.returns, self.gross - self.discounts)


@dataclass(frozen=True)
class ShopMonth:
    """Figures that exist only for the whole shop."""

    cancelled_orders: int
    customers: int
    shipping: Decimal
    tax: Decimal
    total_sales: Decimal


@dataclass(frozen=True)
class Sales:
    """Totals by category and month; the category `all` is the whole shop."""

    history: tuple[Month, ...]
    shop: Mapping[date, ShopMonth]
    by_month: Mapping[str, Mapping[date, Totals]]
    _customers: Mapping[tuple[str, str], int]

    @property
    def months(self) -> tuple[date, ...]:
        """Every month of the shop's history, in order."""
        return tuple(month.first_day for month in self.history)

    @cached_property
    def periods(self) -> tuple[Period, ...]:
        """The periods to choose from."""
        return periods_of(self.history)

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories by name; `all` first, `(other)` and `(unknown)` last."""
        names = (name for name in self.by_month if name != ALL)
        return (ALL, *sorted(names, key=lambda name: (name in {_OTHER, _UNKNOWN}, name)))

    def over(self, category: str, months: Sequence[date]) -> Totals:
        """The totals of some months."""
        found = self.by_month.get(category, {})
        return sum((found[month] for month in months if month in found), Totals())

    def customers(self, category: str, span: str) -> int:
        """Distinct persons who bought in a span: one of a period's, or a month's ISO date."""
        return self._customers.get((category, span), 0)


def read_sales(reader: Reader) -> Sales:
    """Read the sales of every month and category.

    Args:
        reader: The warehouse.

    Returns:
        The sales; without months in a shop without orders.
    """
    months = reader.rows(_HISTORY)
    history = tuple(Month(month, is_complete) for month, is_complete, *_ in months)
    by_month: dict[str, dict[date, Totals]] = defaultdict(dict)
    shop = {}
    for month, _, gross, discounts, returns, units, orders, with_items, *rest in months:
        cancelled, customers, new, shipping, tax, total_sales = rest
        by_month[ALL][month] = Totals(gross, discounts, returns, units, orders, with_items, new)
        shop[month] = ShopMonth(cancelled, customers, shipping, tax, total_sales)
    for category, month, gross, discounts, returns, units, orders, new in reader.rows(_CATEGORIES):
        by_month[category][month] = Totals(gross, discounts, returns, units, orders, orders, new)
    return Sales(history, shop, dict(by_month), _customers(reader, history))


def category_filter(sales: Sales) -> Filter:
    """The filter that offers the categories."""
    options = (Option(key, "All categories" if key == ALL else key) for key in sales.categories)
    return Filter(CATEGORY, "Category", tuple(options))


def _customers(reader: Reader, history: Sequence[Month]) -> Mapping[tuple[str, str], int]:
    spans: dict[str, tuple[date, ...]]
    spans = {month.first_day.isoformat(): (month.first_day,) for month in history}
    for period in periods_of(history):
        spans |= period.spans
    if not spans:
        return {}
    rows = reader.rows(_CUSTOMERS, spans=spans_sql(spans))
    return {(category, span): int(count) for category, span, count in rows}
