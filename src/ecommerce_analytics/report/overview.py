"""The overview page: key figures, sales by month, day and category."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from ecommerce_analytics.report.model import ALL, Cells, Column, Page, Panel, Value, growth, ratio
from ecommerce_analytics.report.periods import FILTER as PERIOD
from ecommerce_analytics.report.periods import Period, month_after, period_filter
from ecommerce_analytics.report.reader import Reader
from ecommerce_analytics.report.sales import CATEGORY, Sales, Totals, category_filter, read_sales

_DAYS: Final = """
select
    date_day,
    net_amount,
    net_amount_28d_average,
    order_count,
    is_anomaly,
    net_amount_z_score
from {{ ref('orders_daily') }}
order by date_day asc
"""
_FORECAST: Final = """
select
    period_start_date,
    actual_net_amount,
    forecast_net_amount,
    error_amount,
    backtest_error_rate,
    backtest_bias_rate
from {{ ref('sales_forecast') }}
where period = 'month'
order by period_start_date asc
"""
_PERIOD: Final = Column(PERIOD, "Period", filter=PERIOD, shown=False)
_CATEGORY: Final = Column(CATEGORY, "Category", filter=CATEGORY, shown=False)
# The figures of a card, with how each change is written.
_FIGURES: Final = (
    ("net", "Net sales", "money", "Gross sales less discounts and returns."),
    ("orders", "Orders", "count", "Valid orders: no tests, not cancelled."),
    ("customers", "Customers", "count", "Distinct people with an order, guests included."),
    ("average_order_value", "Average order", "amount", "Gross sales less discounts, per order."),
    ("new_customers", "New customers", "count", "People whose first order is in the period."),
    ("return_rate", "Return rate", "share", "Returns / (gross sales - discounts), by refund day."),
)
_SHARES: Final = frozenset({"return_rate"})


def overview(reader: Reader) -> Page:
    """Build the page.

    Args:
        reader: The warehouse.

    Returns:
        The page: figures, sales by month, by day and by category.
    """
    sales = read_sales(reader)
    return Page(
        "overview",
        "Overview",
        "How the shop is doing, and what changed.",
        (period_filter(sales.periods), category_filter(sales)),
        (
            _figures(sales),
            _months(sales),
            _categories(sales),
            _days(reader),
            _customers(sales),
            _forecast(reader),
        ),
    )


def figures_of(totals: Totals, customers: int) -> dict[str, Value]:
    """The figures of some months, by the names of the cards.

    Args:
        totals: What was sold.
        customers: Number of distinct customers.

    Returns:
        The figures.
    """
    return {
        "net": totals.net,
        "orders": totals.orders,
        "customers": customers,
        "average_order_value": totals.average_order_value,
        "new_customers": totals.new_customers,
        "return_rate": totals.return_rate,
    }


def _figures(sales: Sales) -> Panel:
    columns = [_PERIOD, _CATEGORY]
    for key, label, kind, hint in _FIGURES:
        change = "points" if key in _SHARES else "change"
        columns += [
            Column(key, label, kind, hint=hint),  # type: ignore[arg-type]
            Column(f"{key}_before", f"{label}, on the period before", change),  # type: ignore[arg-type]
            Column(f"{key}_year", f"{label}, on the year before", change),  # type: ignore[arg-type]
        ]
    rows = [
        _figure_row(sales, period, category)
        for period in sales.periods
        for category in sales.categories
    ]
    cards = [{"key": key, "spark": key, "lower": key in _SHARES} for key, *_ in _FIGURES]
    return Panel(
        "figures",
        "Key figures",
        "Changes compare with the same number of months before, and with the same months a year "
        "before.",
        tuple(columns),
        rows,
        chart="cards",
        options={"cards": cards, "spark": "months"},
        width=12,
    )


def _figure_row(sales: Sales, period: Period, category: str) -> Cells:
    now = _figures_over(sales, period.months, category, period.key)
    before, year = (
        _figures_over(sales, months, category, f"{period.key}{suffix}") if months else None
        for suffix, months in ((":before", period.before), (":year", period.year_before))
    )
    row: list[Value] = [period.key, category]
    for key, *_ in _FIGURES:
        value = now[key]
        row += [value, _change(key, value, before), _change(key, value, year)]
    return row


def _figures_over(
    sales: Sales, months: Sequence[date], category: str, span: str
) -> dict[str, Value]:
    return figures_of(sales.over(category, months), sales.customers(category, span))


def _change(key: str, value: Value, base: dict[str, Value] | None) -> float | None:
    old = base[key] if base else None
    if not isinstance(value, Decimal | float | int) or not isinstance(old, Decimal | float | int):
        return None
    if key in _SHARES:
        return float(value) - float(old)
    return growth(Decimal(value), Decimal(old))


def _months(sales: Sales) -> Panel:
    def rows() -> Iterator[Cells]:
        for category in sales.categories:
            for month in sales.months:
                sold = sales.over(category, (month,))
                customers = sales.customers(category, month.isoformat())
                figures = figures_of(sold, customers)
                year_before = month_after(month, -12)
                base = sales.over(category, (year_before,)) if year_before in sales.shop else None
                yield (
                    category,
                    month,
                    sold.net,
                    base.net if base else None,
                    growth(sold.net, base.net) if base else None,
                    *(value for key, value in figures.items() if key != "net"),
                    sold.gross,
                    sold.discounts,
                    sold.returns,
                )

    return Panel(
        "months",
        "Net sales by month",
        "Gross sales less discounts and returns, returns on the day of the refund. The line shows "
        "the year before; the selected period is highlighted.",
        (
            _CATEGORY,
            Column("month", "Month", "month", filter=PERIOD, obey="mark"),
            Column("net", "Net sales", "money"),
            Column("net_year_before", "Year before", "money"),
            Column("net_growth", "Change on year", "change"),
            Column("orders", "Orders", "count"),
            Column("customers", "Customers", "count"),
            Column("average_order_value", "Average order", "amount"),
            Column("new_customers", "New customers", "count"),
            Column("return_rate", "Return rate", "share"),
            Column("gross", "Gross", "money"),
            Column("discounts", "Discounts", "money"),
            Column("returns", "Returns", "money"),
        ),
        list(rows()),
        chart="columns",
        options={"x": "month", "y": ["net"], "line": "net_year_before"},
        width=8,
    )


def _days(reader: Reader) -> Panel:
    return Panel(
        "days",
        "Net sales by day",
        "Daily net sales and their 28-day mean. Marked days differ strongly from the 28 before.",
        (
            Column("day", "Day", "date", filter=PERIOD, obey="clip"),
            Column("net", "Net sales", "money"),
            Column("average", "28-day mean", "amount"),
            Column("orders", "Orders", "count"),
            Column("anomaly", "Unusual"),
            Column("score", "Z-score", "number", hint="Standard deviations from the 28-day mean."),
        ),
        reader.rows(_DAYS),
        chart="lines",
        options={"x": "day", "y": ["net", "average"], "marked": "anomaly"},
        width=7,
    )


def _customers(sales: Sales) -> Panel:
    rows = [
        (
            category,
            month,
            sold.new_customers,
            sales.customers(category, month.isoformat()) - sold.new_customers,
        )
        for category in sales.categories
        for month in sales.months
        for sold in (sales.over(category, (month,)),)
    ]
    return Panel(
        "customers",
        "New and returning customers",
        "Distinct customers who ordered in the month; new ones ordered for the first time. In a "
        "category: new customers bought from it on the day of their first order.",
        (
            _CATEGORY,
            Column("month", "Month", "month", filter=PERIOD, obey="mark"),
            Column("new", "New", "count"),
            Column("returning", "Returning", "count"),
        ),
        rows,
        chart="columns",
        options={"x": "month", "y": ["new", "returning"]},
        width=5,
    )


def _categories(sales: Sales) -> Panel:
    def rows() -> Iterator[Cells]:
        for period in sales.periods:
            shop = sales.over(ALL, period.months).net
            sold = [
                (category, sales.over(category, period.months), sales.over(category, period.before))
                for category in sales.categories
                if category != ALL
            ]
            for category, now, before in sorted(sold, key=lambda row: (-row[1].net, row[0])):
                yield (
                    period.key,
                    category,
                    now.net,
                    ratio(now.net, shop),
                    growth(now.net, before.net) if period.before else None,
                    now.orders,
                    sales.customers(category, period.key),
                )

    return Panel(
        "categories",
        "Net sales by category",
        "Click a bar to filter the page by its category.",
        (
            _PERIOD,
            Column(CATEGORY, "Category", filter=CATEGORY, obey="mark"),
            Column("net", "Net sales", "money"),
            Column("share", "Share", "share"),
            Column("change", "Change on period before", "change"),
            Column("orders", "Orders", "count"),
            Column("customers", "Customers", "count"),
        ),
        list(rows()),
        chart="bars",
        options={"label": CATEGORY, "value": "net", "choose": CATEGORY},
        width=4,
    )


def _forecast(reader: Reader) -> Panel:
    rows = reader.rows(_FORECAST)
    error, bias = next(((row[4], row[5]) for row in rows if row[4] is not None), (None, None))
    known = (
        "No forecast month is complete yet."
        if error is None
        else f"Past forecasts were off by {error:.1%} of net sales, with a bias of {bias:+.1%}."
    )
    return Panel(
        "forecast",
        "Forecast from the year before",
        "A simple benchmark: net sales of the same month a year before (line) beside actual net "
        f"sales (bars). {known}",
        (
            Column("month", "Month", "month", filter=PERIOD, obey="mark"),
            Column("actual", "Net sales", "money"),
            Column("forecast", "Forecast", "money"),
            Column("error", "Forecast minus actual", "money"),
        ),
        [row[:4] for row in rows],
        chart="columns",
        options={"x": "month", "y": ["actual"], "line": "forecast"},
        width=12,
    )
