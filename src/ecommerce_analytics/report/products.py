"""The products page: sales, margins, returns, stock, pairs and price changes."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from ecommerce_analytics.engines.base import Row
from ecommerce_analytics.report.model import ALL, Cells, Column, Page, Panel, ratio, total
from ecommerce_analytics.report.periods import FILTER as PERIOD
from ecommerce_analytics.report.periods import period_filter, spans_sql
from ecommerce_analytics.report.reader import Reader
from ecommerce_analytics.report.sales import (
    CATEGORY,
    Sales,
    category_filter,
    read_sales,
)

# Limits that keep the page small; the rows with the highest net sales come first.
_MOST_PRODUCTS: Final = 250
_MOST_AT_RISK: Final = 100
_MOST_PAIRS: Final = 200
_MOST_CHANGES: Final = 500

_SOLD: Final = """
with spans as (
{{ spans }}
),
sold as (
    select
        spans.span,
        monthly.product_key,
        cast(sum(monthly.order_count) as bigint) as order_count,
        cast(sum(monthly.unit_count) as bigint) as unit_count,
        cast(sum(monthly.returned_quantity) as bigint) as returned_quantity,
        sum(monthly.gross_amount - monthly.discount_amount) as sales_amount,
        sum(monthly.returns_amount) as returns_amount,
        sum(monthly.net_amount) as net_amount,
        sum(monthly.covered_net_amount) as covered_net_amount,
        sum(monthly.margin_amount) as margin_amount
    from {{ ref('product_sales_monthly') }} as monthly
    inner join spans
        on monthly.month_start_date >= spans.first_day
        and monthly.month_start_date < spans.after_day
    group by spans.span, monthly.product_key
)
"""
_PRODUCTS: Final = f"""
{_SOLD},
ranked as (
    select
        sold.*,
        products.category_group,
        products.product_name,
        products.abc_class,
        products.unit_trend,
        row_number() over (
            partition by sold.span
            order by sold.net_amount desc nulls last, products.product_id asc
        ) as place
    from sold
    inner join {{{{ ref('product_performance') }}}} as products
        on sold.product_key = products.product_key
)
select
    span,
    category_group,
    product_name,
    abc_class,
    unit_trend,
    net_amount,
    unit_count,
    order_count,
    margin_amount,
    covered_net_amount,
    returned_quantity,
    sales_amount,
    returns_amount
from ranked
where place <= {_MOST_PRODUCTS}
order by span asc, place asc
"""  # noqa: S608 (ours)
_TREE: Final = f"""
{_SOLD}
select
    sold.span,
    products.category_group,
    products.department,
    products.subcategory,
    count(*),
    sum(sold.unit_count),
    sum(sold.net_amount),
    sum(sold.margin_amount),
    sum(sold.covered_net_amount),
    sum(sold.returned_quantity),
    sum(sold.sales_amount),
    sum(sold.returns_amount)
from sold
inner join {{{{ ref('product_performance') }}}} as products
    on sold.product_key = products.product_key
group by 1, 2, 3, 4
"""  # noqa: S608 (ours)
_CURVE: Final = """
select product_name, category, abc_class, revenue_rank, cumulative_revenue_share, net_amount
from {{ ref('product_performance') }}
where net_amount > 0
order by net_amount desc, product_id asc
limit 1000
"""
_STOCK: Final = """
select category_group, product_name, on_hand, recent_unit_count, days_of_cover
from {{ ref('product_performance') }}
where days_of_cover is not null and is_active
order by days_of_cover asc, net_amount desc, product_id asc
"""
_PAIRS: Final = f"""
select
    products.category_group,
    products.product_name,
    others.product_name,
    affinity.pair_order_count,
    affinity.confidence_rate,
    affinity.lift
from {{{{ ref('product_affinity') }}}} as affinity
inner join {{{{ ref('product_performance') }}}} as products
    on affinity.product_id = products.product_id
inner join {{{{ ref('product_performance') }}}} as others
    on affinity.other_product_id = others.product_id
order by
    affinity.lift desc,
    affinity.pair_order_count desc,
    affinity.product_id asc,
    affinity.other_product_id asc
limit {_MOST_PAIRS}
"""  # noqa: S608 (ours)
_PRICES: Final = f"""
select
    changes.change_date,
    products.product_name,
    products.category_group,
    changes.old_unit_price,
    changes.new_unit_price,
    changes.price_change_rate,
    changes.units_per_day_before,
    changes.units_per_day_after,
    changes.arc_elasticity
from {{{{ ref('price_changes') }}}} as changes
inner join {{{{ ref('product_performance') }}}} as products
    on changes.product_id = products.product_id
where changes.is_clean
order by changes.change_date desc, changes.product_id asc
limit {_MOST_CHANGES}
"""  # noqa: S608 (ours)
_PERIOD: Final = Column(PERIOD, "Period", filter=PERIOD, shown=False)
_COVER: Final = (
    (7, "Under a week"),
    (14, "1 to 2 weeks"),
    (28, "2 to 4 weeks"),
    (84, "4 to 12 weeks"),
    (182, "3 to 6 months"),
    (None, "Longer"),
)


def products(reader: Reader) -> Page:
    """Build the page.

    Args:
        reader: The warehouse.

    Returns:
        The page: figures, categories, ABC curve, the products themselves, stock.
    """
    sales = read_sales(reader)
    return Page(
        "products",
        "Products",
        "Sales, margins, returns and stock of the products.",
        (period_filter(sales.periods), category_filter(sales)),
        (
            *_by_category(reader, sales),
            _curve(reader),
            _trends(sales),
            _products(reader, sales),
            *_stock(reader, sales),
            _pairs(reader),
            _prices(reader),
        ),
    )


def _spans(sales: Sales) -> str:
    return spans_sql({period.key: period.months for period in sales.periods if period.months})


def _by_category(reader: Reader, sales: Sales) -> tuple[Panel, ...]:
    rows = reader.rows(_TREE, spans=_spans(sales)) if sales.months else []
    return (_figures(rows, sales), _tree(rows))


def _figures(rows: Sequence[Row], sales: Sales) -> Panel:
    def figures() -> Iterator[Cells]:
        for period in sales.periods:
            for category in sales.categories:
                chosen = [row for row in rows if row[0] == period.key and category in (ALL, row[1])]
                count, units, net, margin, covered, returned, sold, returns = (
                    total(Decimal(row[i] or 0) for row in chosen) for i in range(4, 12)
                )
                yield (
                    period.key,
                    category,
                    net,
                    int(units),
                    int(count),
                    ratio(margin, covered),
                    ratio(returned, units),
                    ratio(returns, sold),
                )

    columns = (
        Column("net", "Net sales", "money", hint="Returns count on the day of the sale."),
        Column("units", "Units", "count"),
        Column("products", "Products sold", "count"),
        Column("margin_rate", "Margin", "share", hint="Of the net sales with a known cost."),
        Column("unit_return_rate", "Units returned", "share"),
        Column("value_return_rate", "Value returned", "share"),
    )
    return Panel(
        "figures",
        "Key figures",
        "Orders of the period. Unlike on the overview, a return counts on the day of the sale, not "
        "of the refund.",
        (_PERIOD, Column(CATEGORY, "Category", filter=CATEGORY, shown=False), *columns),
        list(figures()),
        chart="cards",
        options={"cards": [{"key": column.key} for column in columns]},
        width=12,
    )


def _tree(rows: Sequence[Row]) -> Panel:
    def cells() -> Iterator[Cells]:
        # By net sales; the subcategory breaks ties.
        for row in sorted(rows, key=lambda row: (row[0], -row[6], row[3])):
            period, category, department, subcategory, count, units, net, *rest = row
            margin, covered, returned, _, _ = (Decimal(value or 0) for value in rest)
            yield (
                period,
                category,
                department,
                subcategory,
                net,
                count,
                units,
                ratio(margin, covered),
                ratio(returned, int(units)),
            )

    return Panel(
        "tree",
        "Net sales by category and subcategory",
        "Larger areas have higher net sales. Click an area to filter by its category.",
        (
            _PERIOD,
            Column(CATEGORY, "Category", filter=CATEGORY, obey="within"),
            Column("department", "Department"),
            Column("subcategory", "Subcategory"),
            Column("net", "Net sales", "money"),
            Column("products", "Products", "count"),
            Column("units", "Units", "count"),
            Column("margin_rate", "Margin", "share"),
            Column("return_rate", "Units returned", "share"),
        ),
        list(cells()),
        chart="tree",
        options={
            "group": CATEGORY,
            "colour": "department",
            "label": "subcategory",
            "value": "net",
            "choose": CATEGORY,
        },
        width=12,
    )


def _curve(reader: Reader) -> Panel:
    rows = [
        (place, name, category, abc, share, net)
        for place, (name, category, abc, _, share, net) in enumerate(reader.rows(_CURVE), 1)
    ]
    return Panel(
        "curve",
        "Product ranking (ABC)",
        "Products by net sales of all time, best first: class A makes up the first 80 % of net "
        "sales, B up to 95 %. The top 1,000.",
        (
            Column("place", "Products", "count"),
            Column("name", "Product"),
            Column("category", "Category"),
            Column("class", "Class"),
            Column("share", "Share of net sales up to here", "share"),
            Column("net", "Net sales", "money"),
        ),
        rows,
        chart="curve",
        options={"x": "place", "y": "share", "group": "class", "label": "name"},
        width=6,
    )


def _trends(sales: Sales) -> Panel:
    named = [category for category in sales.categories if category != ALL]
    rows = [
        (category, month, sales.over(category, (month,)).net)
        for category in named
        for month in sales.months
    ]
    return Panel(
        "trends",
        "Net sales by category and month",
        "One row per category; darker is higher. Returns count on the day of the refund.",
        (
            Column(CATEGORY, "Category", filter=CATEGORY, obey="within"),
            Column("month", "Month", "month", filter=PERIOD, obey="clip"),
            Column("net", "Net sales", "money"),
        ),
        rows,
        chart="heat",
        options={"x": "month", "y": CATEGORY, "value": "net", "line": 22},
        width=6,
    )


def _products(reader: Reader, sales: Sales) -> Panel:
    def rows() -> Iterator[Cells]:
        if not sales.months:
            return
        for row in reader.rows(_PRODUCTS, spans=_spans(sales)):
            period, category, name, abc, trend, net, units, orders, *sums = row
            margin, covered, back, sold, returned = sums
            yield (
                period,
                name,
                category,
                abc,
                net,
                units,
                orders,
                None if margin is None else ratio(margin, covered),
                ratio(back, units),
                ratio(returned, sold),
                trend,
            )

    return Panel(
        "products",
        "Products",
        f"The {_MOST_PRODUCTS} products with the highest net sales of the period. Class and trend "
        "ignore the period: class is over all time, trend compares the last 28 days with the 28 "
        "before.",
        (
            _PERIOD,
            Column("name", "Product"),
            Column(CATEGORY, "Category", filter=CATEGORY, obey="within"),
            Column("class", "Class"),
            Column("net", "Net sales", "money"),
            Column("units", "Units", "count"),
            Column("orders", "Orders", "count"),
            Column("margin_rate", "Margin", "share", hint="Of the net sales with a known cost."),
            Column("unit_return_rate", "Units returned", "share"),
            Column("value_return_rate", "Value returned", "share"),
            Column("trend", "Trend", "change", hint="Units of the last 28 days vs. 28 before."),
        ),
        list(rows()),
        width=12,
        shown_rows=15,
    )


def _stock(reader: Reader, sales: Sales) -> tuple[Panel, ...]:
    stock = reader.rows(_STOCK)
    counted = {(category, label): 0 for category in sales.categories for _, label in _COVER}
    for category, _, _, _, days in stock:
        label = next(label for most, label in _COVER if most is None or days < most)
        counted[category, label] = counted.get((category, label), 0) + 1
        counted[ALL, label] += 1
    cover = Panel(
        "cover",
        "Days of stock left",
        "Active products by how long the latest stock count lasts at the sales rate of the last 28 "
        "days. Products without a count or a recent sale are not shown.",
        (
            Column(CATEGORY, "Category", filter=CATEGORY, shown=False),
            Column("cover", "Stock lasts"),
            Column("products", "Products", "count"),
        ),
        [(category, label, count) for (category, label), count in counted.items()],
        chart="bars",
        options={"label": "cover", "value": "products"},
        width=5,
    )
    shortest = Panel(
        "shortest",
        "Lowest stock",
        f"The {_MOST_AT_RISK} active products with the fewest days of stock left.",
        (
            Column("name", "Product"),
            Column(CATEGORY, "Category", filter=CATEGORY, obey="within"),
            Column("on_hand", "On hand", "count"),
            Column("recent", "Sold in 28 days", "count"),
            Column("cover", "Days left", "days", hint="Days of cover."),
        ),
        [
            (name, category, on_hand, recent, days)
            for category, name, on_hand, recent, days in stock[:_MOST_AT_RISK]
        ],
        width=7,
        shown_rows=8,
    )
    return cover, shortest


def _pairs(reader: Reader) -> Panel:
    return Panel(
        "pairs",
        "Bought together",
        f"Product pairs in the same order, highest lift first; a lift of 2 means twice as often as "
        f"by chance. The top {_MOST_PAIRS} over all time, each pair in both directions.",
        (
            Column(CATEGORY, "Category", filter=CATEGORY, obey="within", shown=False),
            Column("product", "Product"),
            Column("other", "Bought with"),
            Column("orders", "Orders", "count"),
            Column("confidence", "How often", "share", hint="Share of the product's orders."),
            Column("lift", "Lift", "number"),
        ),
        reader.rows(_PAIRS),
        width=12,
        shown_rows=8,
    )


def _prices(reader: Reader) -> Panel:
    return Panel(
        "prices",
        "Demand after price changes",
        "Units per day before and after a change without another change nearby. Elasticity below "
        f"-1: units fell by more than the price rose. The latest {_MOST_CHANGES}.",
        (
            Column("day", "From", "date", filter=PERIOD, obey="clip"),
            Column("product", "Product"),
            Column(CATEGORY, "Category", filter=CATEGORY, obey="within", shown=False),
            Column("old", "Old price", "money"),
            Column("new", "New price", "money"),
            Column("change", "Change", "change"),
            Column("before", "Units per day", "number", hint="Before the change."),
            Column("after", "After", "number", hint="Units per day after the change."),
            Column("elasticity", "Elasticity", "number"),
        ),
        reader.rows(_PRICES),
        width=12,
        shown_rows=8,
    )
