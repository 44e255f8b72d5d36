"""The orders page: sales bridge, statuses, weekdays, refunds and delivery times."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from ecommerce_analytics.engines.base import Row
from ecommerce_analytics.report.model import ALL, Cells, Column, Page, Panel, ratio
from ecommerce_analytics.report.periods import FILTER as PERIOD
from ecommerce_analytics.report.periods import Period, period_filter, spans_sql
from ecommerce_analytics.report.reader import Reader
from ecommerce_analytics.report.sales import (
    CATEGORY,
    Sales,
    ShopMonth,
    category_filter,
    read_sales,
)

# Grouped by day first, so that a span adds up few rows.
_STATUSES: Final = """
with spans as (
{{ spans }}
),
daily as (
    select order_date, order_status, count(*) as order_count, sum(order_total) as order_total
    from {{ ref('fact_orders') }}
    where not is_test
    group by order_date, order_status
)
select
    spans.span,
    daily.order_status,
    cast(sum(daily.order_count) as bigint),
    sum(daily.order_total)
from daily
inner join spans on daily.order_date >= spans.first_day and daily.order_date < spans.after_day
group by spans.span, daily.order_status
"""
_WEEKDAYS: Final = """
with spans as (
{{ spans }}
)
select
    spans.span,
    calendar.month_number,
    calendar.iso_day_of_week,
    count(*),
    sum(daily.net_amount),
    sum(daily.order_count)
from {{ ref('orders_daily') }} as daily
inner join {{ ref('dim_date') }} as calendar on daily.date_day = calendar.date_day
inner join spans on daily.date_day >= spans.first_day and daily.date_day < spans.after_day
group by spans.span, calendar.month_number, calendar.iso_day_of_week
"""
_WEEKS: Final = """
select
    week_start_date,
    is_complete,
    order_count,
    customer_count,
    net_amount,
    net_amount_wow_growth,
    net_amount_yoy_growth,
    average_order_value
from {{ ref('orders_weekly') }}
order by week_start_date desc
"""
_REFUNDS: Final = """
with spans as (
{{ spans }}
),
-- A refund has one day; its lines count once.
daily as (
    select
        refund_date,
        count(distinct refund_id) as refund_count,
        sum(returns_amount) as returns_amount,
        case
            when days_to_refund < 7 then 0
            when days_to_refund < 14 then 1
            when days_to_refund < 21 then 2
            when days_to_refund < 28 then 3
            when days_to_refund < 42 then 4
            else 5
        end as lag
    from {{ ref('fact_refunds') }}
    where is_valid
    group by refund_date, lag
)
select
    spans.span, daily.lag, cast(sum(daily.refund_count) as bigint), sum(daily.returns_amount)
from daily
inner join spans on daily.refund_date >= spans.first_day and daily.refund_date < spans.after_day
group by spans.span, daily.lag
"""
_FULFILLMENT: Final = """
select
    category,
    month_start_date,
    order_count,
    shipped_rate,
    delivered_rate,
    median_hours_to_ship,
    p90_hours_to_ship,
    median_hours_to_deliver,
    p90_hours_to_deliver
from {{ ref('fulfillment_performance') }}
order by category asc, month_start_date asc
"""
_EVERY_CATEGORY: Final = "(all)"
_PERIOD: Final = Column(PERIOD, "Period", filter=PERIOD, shown=False)
_CATEGORY: Final = Column(CATEGORY, "Category", filter=CATEGORY, shown=False)
_LAGS: Final = (
    "Within a week",
    "1 to 2 weeks",
    "2 to 3 weeks",
    "3 to 4 weeks",
    "4 to 6 weeks",
    "Later",
)
_ORDER_STATUSES: Final = ("pending", "processing", "shipped", "delivered", "returned", "cancelled")
_WEEKDAY_NAMES: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTH_NAMES: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_NO_SHOP_MONTH: Final = ShopMonth(0, 0, Decimal(0), Decimal(0), Decimal(0))


def operations(reader: Reader) -> Page:
    """Build the page.

    Args:
        reader: The warehouse.

    Returns:
        The page: figures, sales bridge, order statuses, weekdays, refunds, weeks.
    """
    sales = read_sales(reader)
    spans = {period.key: period.months for period in sales.periods if period.months}
    part = spans_sql(spans) if spans else ""
    found = {
        query: reader.rows(query, spans=part) if spans else []
        for query in (_STATUSES, _WEEKDAYS, _REFUNDS)
    }
    return Page(
        "operations",
        "Orders",
        "From gross sales to the total, when orders come in, and what happens to them.",
        (period_filter(sales.periods), category_filter(sales)),
        (
            _figures(sales),
            _bridge(sales),
            _statuses(sales, found[_STATUSES]),
            _weekdays(found[_WEEKDAYS]),
            _refunds(sales, found[_REFUNDS]),
            _fulfillment(reader, sales),
            _weeks(reader),
        ),
    )


def _shop_over(sales: Sales, period: Period) -> ShopMonth:
    months = [sales.shop.get(month, _NO_SHOP_MONTH) for month in period.months]
    return ShopMonth(
        sum(month.cancelled_orders for month in months),
        0,
        sum((month.shipping for month in months), Decimal(0)),
        sum((month.tax for month in months), Decimal(0)),
        sum((month.total_sales for month in months), Decimal(0)),
    )


def _figures(sales: Sales) -> Panel:
    def rows() -> Iterator[Cells]:
        for period in sales.periods:
            shop = _shop_over(sales, period)
            for category in sales.categories:
                sold = sales.over(category, period.months)
                cancelled = shop.cancelled_orders if category == ALL else None
                yield (
                    period.key,
                    category,
                    sold.orders,
                    shop.total_sales if category == ALL else None,
                    sold.average_order_value,
                    ratio(sold.units, sold.orders),
                    ratio(sold.discounts, sold.gross),
                    None if cancelled is None else ratio(cancelled, cancelled + sold.orders),
                )

    columns = (
        Column("orders", "Orders", "count", hint="Valid orders: no tests, not cancelled."),
        Column("total", "Total sales", "money", hint="Net sales with shipping and tax."),
        Column("average_order_value", "Average order", "amount", hint="Gross less discounts."),
        Column("units_each", "Units per order", "number"),
        Column("discount_rate", "Discounts", "share", hint="Share of gross sales."),
        Column("cancellation_rate", "Cancelled", "share", hint="Share of all orders except tests."),
    )
    return Panel(
        "figures",
        "Key figures",
        "Total sales and cancellations exist only for the whole shop, not by category.",
        (_PERIOD, _CATEGORY, *columns),
        list(rows()),
        chart="cards",
        options={"cards": [{"key": column.key} for column in columns]},
        width=12,
    )


def _bridge(sales: Sales) -> Panel:
    def rows() -> Iterator[Cells]:
        for period in sales.periods:
            shop = _shop_over(sales, period)
            for category in sales.categories:
                sold = sales.over(category, period.months)
                yield (period.key, category, "Gross", sold.gross, True)
                yield (period.key, category, "Discounts", -sold.discounts, False)
                yield (period.key, category, "Returns", -sold.returns, False)
                yield (period.key, category, "Net", sold.net, True)
                if category == ALL:
                    yield (period.key, category, "Shipping", shop.shipping, False)
                    yield (period.key, category, "Tax", shop.tax, False)
                    yield (period.key, category, "Total", shop.total_sales, True)

    return Panel(
        "bridge",
        "From gross to total sales",
        "Gross sales less discounts and returns are net sales; with shipping and tax they are "
        "total sales. Refunds reduce shipping and tax too. Gift cards are outside gross.",
        (
            _PERIOD,
            _CATEGORY,
            Column("step", "Step"),
            Column("amount", "Amount", "money"),
            Column("sum", "Sum", shown=False),
        ),
        list(rows()),
        chart="bridge",
        options={"label": "step", "value": "amount", "sum": "sum"},
        width=7,
    )


def _statuses(sales: Sales, found: Sequence[Row]) -> Panel:
    counted = {(span, status): (count, amount) for span, status, count, amount in found}

    def rows() -> Iterator[Cells]:
        for period in sales.periods:
            everything = sum(
                int(str(counted.get((period.key, status), (0, 0))[0])) for status in _ORDER_STATUSES
            )
            for status in _ORDER_STATUSES:
                count, amount = counted.get((period.key, status), (0, Decimal(0)))
                yield (period.key, status, count, ratio(int(count), everything), amount)

    return Panel(
        "statuses",
        "Order status",
        "All orders of the period except tests, by current status.",
        (
            _PERIOD,
            Column("status", "Status", "name"),
            Column("orders", "Orders", "count"),
            Column("share", "Share", "share"),
            Column("amount", "Order totals", "money"),
        ),
        list(rows()),
        chart="bars",
        options={"label": "status", "value": "orders"},
        width=5,
    )


def _weekdays(found: Sequence[Row]) -> Panel:
    def rows() -> Iterator[Cells]:
        ordered = sorted(found, key=lambda row: (str(row[0]), int(row[2]), int(row[1])))
        for span, month, weekday, days, net, orders in ordered:
            yield (
                span,
                _WEEKDAY_NAMES[int(weekday) - 1],
                _MONTH_NAMES[int(month) - 1],
                ratio(Decimal(net), int(days)),
                ratio(Decimal(orders), int(days)),
                days,
            )

    return Panel(
        "weekdays",
        "Weekday and season",
        "Mean net sales per day, by weekday and month.",
        (
            _PERIOD,
            Column("weekday", "Weekday"),
            Column("month", "Month"),
            Column("net", "Net sales per day", "amount"),
            Column("orders", "Orders per day", "number"),
            Column("days", "Days", "count"),
        ),
        list(rows()),
        chart="heat",
        options={"x": "month", "y": "weekday", "value": "net", "line": 32},
        width=7,
    )


def _refunds(sales: Sales, found: Sequence[Row]) -> Panel:
    counted: dict[tuple[str, int], Cells] = defaultdict(lambda: (0, Decimal(0)))
    for span, lag, count, amount in found:
        counted[str(span), int(lag)] = (count, amount)
    rows = [
        (period.key, label, *counted[period.key, lag])
        for period in sales.periods
        for lag, label in enumerate(_LAGS)
    ]
    return Panel(
        "refunds",
        "Time to refund",
        "Refunds of the period by the time since their order.",
        (
            _PERIOD,
            Column("lag", "Refunded"),
            Column("refunds", "Refunds", "count"),
            Column("amount", "Returns", "money"),
        ),
        rows,
        chart="bars",
        options={"label": "lag", "value": "refunds"},
        width=5,
    )


def _fulfillment(reader: Reader, sales: Sales) -> Panel:
    rows = [
        (ALL if category == _EVERY_CATEGORY else category, *row)
        for category, *row in reader.rows(_FULFILLMENT)
        if category == _EVERY_CATEGORY or category in sales.categories
    ]
    return Panel(
        "fulfillment",
        "Delivery times",
        "Whole hours from the order to dispatch and to delivery, by month of the order: the "
        "median, and the time within which nine in ten orders are done.",
        (
            _CATEGORY,
            Column("month", "Month", "month", filter=PERIOD, obey="mark"),
            Column("orders", "Orders", "count"),
            Column("shipped", "Shipped", "share"),
            Column("delivered", "Delivered", "share"),
            Column("ship", "Hours to dispatch, median", "days"),
            Column("ship_p90", "to dispatch, 9 in 10", "days"),
            Column("deliver", "Hours to delivery, median", "days"),
            Column("deliver_p90", "to delivery, 9 in 10", "days"),
        ),
        rows,
        chart="lines",
        options={"x": "month", "y": ["ship", "ship_p90", "deliver", "deliver_p90"], "equal": True},
        width=12,
    )


def _weeks(reader: Reader) -> Panel:
    return Panel(
        "weeks",
        "Sales by week",
        "ISO weeks that start in the period, latest first. Changes are missing for incomplete "
        "weeks.",
        (
            Column("week", "Week of", "date", filter=PERIOD, obey="clip"),
            Column("complete", "Complete"),
            Column("orders", "Orders", "count"),
            Column("customers", "Customers", "count"),
            Column("net", "Net sales", "money"),
            Column("wow", "Change on week", "change"),
            Column("yoy", "Change on year", "change", hint="Compared with 52 weeks before."),
            Column("average_order_value", "Average order", "amount"),
        ),
        reader.rows(_WEEKS),
        width=12,
    )
