"""The marts' numbers against a second computation from the files: every row, every cent."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from independent.compare import assert_same_rows, money, money_or_none, query, select
from independent.figures import (
    CHANNELS,
    MODELS,
    Buyer,
    Credit,
    Independent,
    Member,
    ProductSales,
    Sales,
    figures_of,
    month_of,
    ratio,
    rfm_segment,
    week_of,
)
from independent.files import read_hierarchy

SALES_COLUMNS = (
    "customer_count",
    "new_customer_count",
    "returning_customer_count",
    "order_count",
    "orders_with_items_count",
    "cancelled_order_count",
    "unit_count",
    "gross_amount",
    "discount_amount",
    "returns_amount",
    "net_amount",
    "shipping_amount",
    "tax_amount",
    "total_sales_amount",
    "gift_card_amount",
    "average_order_value",
)
DAY_CONTEXT = (
    "is_complete",
    "net_amount_7d_average",
    "net_amount_28d_average",
    "net_amount_wow_growth",
    "net_amount_yoy_growth",
    "net_amount_year_to_date",
)
WEEK_CONTEXT = (
    "iso_year",
    "iso_week",
    "is_complete",
    "net_amount_wow_growth",
    "net_amount_mom_growth",
    "net_amount_yoy_growth",
)
MONTH_CONTEXT = (
    "year_number",
    "month_number",
    "is_complete",
    "net_amount_mom_growth",
    "net_amount_yoy_growth",
    "net_amount_year_to_date",
)
PERSON_COLUMNS = (
    "lifecycle_status",
    "rfm_segment",
    "order_count",
    "orders_with_items_count",
    "is_repeat_customer",
    "unit_count",
    "gross_amount",
    "discount_amount",
    "returns_amount",
    "net_amount",
    "total_sales_amount",
    "lifetime_value",
    "average_order_value",
    "mean_days_between_orders",
    "median_days_between_orders",
    "recency_days",
    "tenure_days",
    "recency_score",
    "frequency_score",
    "monetary_score",
    "first_order_date",
    "last_order_date",
)
PRODUCT_COLUMNS = (
    "abc_class",
    "order_count",
    "customer_count",
    "unit_count",
    "returned_quantity",
    "recent_unit_count",
    "gross_amount",
    "discount_amount",
    "returns_amount",
    "net_amount",
    "gift_card_amount",
    "margin_amount",
    "margin_rate",
    "margin_coverage_rate",
    "average_unit_price",
    "unit_return_rate",
    "value_return_rate",
    "revenue_share",
    "cumulative_revenue_share",
    "revenue_rank",
    "category_revenue_rank",
    "first_sale_date",
    "last_sale_date",
)
CAMPAIGN_COLUMNS = (
    *(f"{model}_revenue" for model in MODELS),
    "spend",
    "impressions",
    "clicks",
    "last_non_direct_order_count",
    "new_customer_count",
    "last_non_direct_roas",
    "linear_roas",
    "customer_acquisition_cost",
    "cost_per_click",
    "click_through_rate",
)
CAMPAIGN_MONTH_COLUMNS = (
    "attributed_revenue",
    "attributed_order_count",
    "attributed_new_customer_count",
    "spend",
    "roas",
)
TOUCH_COLUMNS = ("touchpoint_id", "order_date", "is_first_order", "touch_count")
# The columns of each mart that are compared here, including its key columns.
COMPARED = {
    "orders_daily": ("date_day", *SALES_COLUMNS, *DAY_CONTEXT),
    "orders_weekly": ("week_start_date", *SALES_COLUMNS, *WEEK_CONTEXT),
    "orders_monthly": ("month_start_date", *SALES_COLUMNS, *MONTH_CONTEXT),
    "customer_analytics": ("person_id", "customer_id", *PERSON_COLUMNS),
    "product_performance": ("product_id", *PRODUCT_COLUMNS),
    "marketing_attribution": ("campaign_id", "channel", *CAMPAIGN_COLUMNS),
    "marketing_attribution_monthly": (
        "attribution_model",
        "campaign_key",
        "month_start_date",
        *CAMPAIGN_MONTH_COLUMNS,
    ),
    "attribution_touches": (
        "order_id",
        "touch_position",
        "campaign_key",
        *TOUCH_COLUMNS,
        *(f"{model}_{what}" for model in MODELS for what in ("credit", "revenue")),
    ),
}
# The member of a row of marketing_attribution: a campaign, else a channel or `(none)`.
MEMBER = "coalesce(cast(campaign_id as varchar), channel)"


@pytest.fixture(scope="module")
def expected(shop_dir: Path) -> Independent:
    """The figures computed from the files."""
    return figures_of(shop_dir)


def _day(day: date) -> date:
    return day


def _next_month(month: date) -> date:
    return month_of(month + timedelta(days=31))


def _sales(sales: Sales) -> tuple[Any, ...]:
    return (
        len(sales.persons),
        sales.new,
        len(sales.persons) - sales.new,
        sales.orders,
        sales.with_items,
        sales.cancelled,
        sales.units,
        money(sales.gross),
        money(sales.discounts),
        money(sales.returns),
        money(sales.net),
        money(sales.shipping),
        money(sales.tax),
        money(sales.net + sales.shipping + sales.tax),
        money(sales.gift_cards),
        sales.average_order_value,
    )


@pytest.mark.parametrize(
    ("mart", "key", "period"),
    [
        ("orders_daily", "date_day", _day),
        ("orders_weekly", "week_start_date", week_of),
        ("orders_monthly", "month_start_date", month_of),
    ],
)
def test_sales_of_every_period(
    warehouse: Path, expected: Independent, mart: str, key: str, period: Callable[[date], date]
) -> None:
    """Sales of each day, ISO week and month match; customers are counted distinctly per grain."""
    rows = select(warehouse, mart, key, *SALES_COLUMNS)
    assert_same_rows(
        SALES_COLUMNS,
        {row[0]: row[1:] for row in rows},
        {start: _sales(sales) for start, sales in expected.sales_by(period).items()},
    )


def test_days_in_context(warehouse: Path, expected: Independent) -> None:
    """Completeness, moving averages, weekday growth and year to date of each day match."""
    rows = select(warehouse, "orders_daily", "date_day", *DAY_CONTEXT)
    net = {day: sales.net for day, sales in expected.sales_by(_day).items()}
    context = {
        day: (
            day <= expected.as_of,
            _trailing_mean(net, day, 7),
            _trailing_mean(net, day, 28),
            _growth(net[day], net.get(day - timedelta(days=7))),
            _growth(net[day], net.get(day - timedelta(days=364))),
            money(sum(n for other, n in net.items() if date(day.year, 1, 1) <= other <= day)),
        )
        for day in net
    }
    assert_same_rows(DAY_CONTEXT, {row[0]: row[1:] for row in rows}, context)


def _trailing_mean(net: dict[date, int], day: date, days: int) -> float | None:
    window = [net.get(day - timedelta(days=n)) for n in range(days)]
    known = [value for value in window if value is not None]
    return sum(known) / (days * 100) if len(known) == days else None


def _growth(value: int, base: int | None) -> float | None:
    return value / base - 1 if base is not None and base > 0 else None


def test_weeks_in_context(warehouse: Path, expected: Independent) -> None:
    """Figures of each ISO week match; an incomplete week has no growth and is no base for it."""
    rows = select(warehouse, "orders_weekly", "week_start_date", *WEEK_CONTEXT)
    net = {week: sales.net for week, sales in expected.sales_by(week_of).items()}
    complete = {
        week: n for week, n in net.items() if expected.is_complete(week, week + timedelta(weeks=1))
    }
    context = {}
    for week, value in net.items():
        iso = week.isocalendar()
        growth = [
            _growth(value, complete.get(week - timedelta(weeks=ago))) if week in complete else None
            for ago in (1, 4, 52)
        ]
        context[week] = (iso.year, iso.week, week in complete, *growth)
    assert_same_rows(WEEK_CONTEXT, {row[0]: row[1:] for row in rows}, context)


def test_months_in_context(warehouse: Path, expected: Independent) -> None:
    """Monthly and yearly growth and year to date of each month match."""
    rows = select(warehouse, "orders_monthly", "month_start_date", *MONTH_CONTEXT)
    net = {month: sales.net for month, sales in expected.sales_by(month_of).items()}
    complete = {m: n for m, n in net.items() if expected.is_complete(m, _next_month(m))}
    context = {}
    for month, value in net.items():
        before = month_of(month - timedelta(days=1))
        year_before = month.replace(year=month.year - 1)
        growth = [
            _growth(value, complete.get(base)) if month in complete else None
            for base in (before, year_before)
        ]
        to_date = sum(n for m, n in net.items() if m.year == month.year and m <= month)
        context[month] = (
            month.year,
            month.month,
            month in complete,
            *growth,
            money(to_date),
        )
    assert_same_rows(MONTH_CONTEXT, {row[0]: row[1:] for row in rows}, context)


def test_every_person(warehouse: Path, expected: Independent) -> None:
    """Every person matches.

    A buyer is identified by their orders, so that identities are compared too.
    """
    rows = query(
        warehouse,
        f"""
        select
            (
                select list(order_id order by order_id) from marts.fact_orders
                where fact_orders.person_id = customers.person_id and is_valid
            ),
            customer_id, {", ".join(PERSON_COLUMNS)}
        from marts.customer_analytics as customers
        """,  # noqa: S608
    )
    prospects = expected.primary_accounts.keys() - expected.buyers.keys()
    everybody = {
        (tuple(sorted(o.order_id for o in buyer.orders)), expected.primary_accounts.get(person)): (
            _buyer(expected, buyer, expected.lifecycle_status(person), expected.rfm_scores[person])
        )
        for person, buyer in expected.buyers.items()
    } | {((), expected.primary_accounts[person]): _prospect() for person in prospects}
    # Persons without a valid order: guests whose orders are all cancelled or tests.
    strangers = set(expected.order_persons.values()) - expected.buyers.keys() - prospects
    actual = {(tuple(row[0] or ()), row[1]): row[2:] for row in rows}
    assert actual.pop(((), None), None) in (None, _prospect())
    assert len(rows) == len(everybody) + len(strangers)
    assert_same_rows(PERSON_COLUMNS, actual, everybody)


def _buyer(
    expected: Independent, buyer: Buyer, status: str, scores: tuple[int, int, int]
) -> tuple[Any, ...]:
    first, last = buyer.orders[0].day, buyer.orders[-1].day
    return (
        status,
        rfm_segment(*scores),
        len(buyer.orders),
        buyer.with_items,
        len(buyer.orders) > 1,
        buyer.units,
        money(buyer.gross),
        money(buyer.discounts),
        money(buyer.returns),
        money(buyer.net),
        money(buyer.net + buyer.shipping + buyer.tax),
        money(buyer.net),
        ratio(buyer.gross - buyer.discounts, buyer.with_items, scale=100),
        buyer.mean_days,
        buyer.median_days,
        (expected.as_of - last).days,
        (expected.as_of - first).days,
        *scores,
        first,
        last,
    )


def _prospect() -> tuple[Any, ...]:
    return ("prospect", None, 0, 0, False, 0, *([Decimal(0)] * 6), *([None] * 10))


def test_new_customers_are_the_persons(warehouse: Path, expected: Independent) -> None:
    """The months' new customers add up to the persons with an order."""
    rows = dict(select(warehouse, "orders_monthly", "month_start_date", "new_customer_count"))
    firsts = Counter(month_of(buyer.orders[0].day) for buyer in expected.buyers.values())
    assert Counter(rows) == firsts
    assert sum(rows.values()) == len(expected.buyers)


def test_lifecycle_statuses(warehouse: Path, expected: Independent) -> None:
    """The number of persons per status matches; the shop has every status."""
    rows = Counter(
        status for (status,) in select(warehouse, "customer_analytics", "lifecycle_status")
    )
    persons = set(expected.order_persons.values()) | set(expected.account_persons.values())
    assert rows == Counter(map(expected.lifecycle_status, persons))
    assert set(rows) == {"prospect", "active", "at-risk", "churned", "vip"}


def test_every_product(warehouse: Path, expected: Independent) -> None:
    """Every product's sales, returns, profit and rank match."""
    rows = select(warehouse, "product_performance", "product_id", *PRODUCT_COLUMNS)
    tree = read_hierarchy(expected.shop)
    net = {key: product.net for key, product in expected.products.items()}
    by_category: dict[str, list[int]] = defaultdict(list)
    for key in net:
        by_category[tree[key][1]].append(net[key])
    total, so_far, products = sum(net.values()), 0, {}
    for key in sorted(net, key=expected.product_rank):
        so_far += net[key]
        ranks = [_rank(net[key], group) for group in (net.values(), by_category[tree[key][1]])]
        standing = ratio(net[key], total), ratio(so_far, total), *ranks
        products[key] = _product(expected.products[key], expected.abc_classes[key], standing)
    assert_same_rows(PRODUCT_COLUMNS, {row[0]: row[1:] for row in rows}, products)


def _rank(value: int, group: Iterable[int]) -> int:
    return 1 + sum(other > value for other in group)


def test_abc_classes(expected: Independent) -> None:
    """Every ABC class occurs."""
    assert set(expected.abc_classes.values()) == {"A", "B", "C", "none"}


def _product(product: ProductSales, letter: str, standing: tuple[Any, ...]) -> tuple[Any, ...]:
    return (
        letter,
        len(product.orders),
        len(product.persons),
        product.units,
        product.returned_units,
        product.recent_units,
        money(product.gross),
        money(product.discounts),
        money(product.returns),
        money(product.net),
        money(product.gift_cards),
        money_or_none(product.margin),
        product.margin_rate,
        ratio(product.covered_net, product.net),
        ratio(product.gross - product.discounts, product.units, scale=100),
        ratio(product.returned_units, product.units),
        ratio(product.returns, product.gross - product.discounts),
        *standing,
        min(product.days, default=None),
        max(product.days, default=None),
    )


def removal_weights(warehouse: Path) -> Mapping[Member, int]:
    """The Markov chain's weights; test_attribution.py solves the chain a second time."""
    rows = query(
        warehouse,
        "select coalesce(campaign_id, 0), channel, removal_weight "
        "from intermediate.int_campaigns__removal_effects "
        "join marts.dim_campaigns using (campaign_key)",
    )
    return {campaign or channel: weight for campaign, channel, weight in rows}


@pytest.mark.parametrize("model", MODELS)
def test_every_credit(warehouse: Path, expected: Independent, model: str) -> None:
    """Each touch's credit of each order matches, under each model."""
    check_credits(warehouse, expected, model)


def check_credits(
    warehouse: Path, expected: Independent, model: str, *, may_be_empty: bool = False
) -> None:
    """Check the rows of attribution_touches that one model credits."""
    columns = (*TOUCH_COLUMNS, f"{model}_credit", f"{model}_revenue")
    rows = query(
        warehouse,
        f"""
        select order_id, touch_position, {MEMBER}, {", ".join(columns)}
        from marts.attribution_touches
        join marts.dim_campaigns using (campaign_key)
        where {model}_credit > 0 or {model}_revenue <> 0
        """,  # noqa: S608
    )
    actual = {row[:2]: row[2:] for row in rows}
    assert len(actual) == len(rows)
    shares = {
        (share.order.order_id, share.position): (
            str(share.member),
            share.touchpoint_id,
            share.order.day,
            share.order.order_id in expected.first_orders,
            len(expected.journeys[share.order.order_id]),
            share.credit,
            money(share.revenue),
        )
        for share in expected.shares(model, removal_weights(warehouse))
    }
    assert_same_rows(("campaign", *columns), actual, shares, may_be_empty=may_be_empty)


def test_every_campaign(warehouse: Path, expected: Independent) -> None:
    """Each model's revenue per campaign, its cost, and their ratios match."""
    rows = select(warehouse, "marketing_attribution", MEMBER, *CAMPAIGN_COLUMNS)
    actual = {row[0]: row[1:] for row in rows}
    credits_ = _credits(warehouse, expected)
    members: list[Member] = [*expected.files.campaigns, *CHANNELS]
    campaigns = {str(member): _campaign(expected, member, credits_) for member in members}
    assert_same_rows(CAMPAIGN_COLUMNS, actual, campaigns)
    net = sum(expected.order_net.values())
    assert {sum(row[n] for row in actual.values()) for n in range(len(MODELS))} == {money(net)}


@cache
def _credits(warehouse: Path, expected: Independent) -> Mapping[str, Mapping[Member, Credit]]:
    removal = removal_weights(warehouse)
    return {model: expected.credits_of(model, removal) for model in MODELS}


def _campaign(
    expected: Independent, member: Member, credits_: Mapping[str, Mapping[Member, Credit]]
) -> tuple[Any, ...]:
    days = [day for day in expected.files.spend if day.campaign_id == member]
    spend, impressions, clicks = (
        sum(getattr(day, name) for day in days) for name in ("spend", "impressions", "clicks")
    )
    revenues = {model: credits_[model].get(member, Credit()).revenue for model in MODELS}
    orders = expected.last_non_direct_orders.get(member, [])
    new = len(expected.first_orders.intersection(orders))
    return (
        *map(money, revenues.values()),
        money(spend),
        impressions,
        clicks,
        len(orders),
        new,
        ratio(revenues["last_non_direct"], spend),
        ratio(revenues["linear"], spend),
        ratio(spend, new, scale=100),
        ratio(spend, clicks, scale=100),
        ratio(clicks, impressions),
    )


def test_every_campaign_by_month(warehouse: Path, expected: Independent) -> None:
    """Each model's revenue and orders per campaign and month match, with the spend."""
    check_campaign_months(warehouse, expected)


def check_campaign_months(
    warehouse: Path, expected: Independent, *, may_be_empty: bool = False
) -> None:
    """Check the rows of marketing_attribution_monthly."""
    rows = query(
        warehouse,
        f"""
        select attribution_model, {MEMBER}, month_start_date, {", ".join(CAMPAIGN_MONTH_COLUMNS)}
        from marts.marketing_attribution_monthly
        join marts.dim_campaigns using (campaign_key)
        """,  # noqa: S608
    )
    spent = Counter[tuple[Member, date]]()
    for day in expected.files.spend:
        spent[day.campaign_id, month_of(day.day)] += day.spend
    months = {}
    for model, members in _credits(warehouse, expected).items():
        ordered = {(member, month) for member, one in members.items() for month in one.monthly}
        for member, month in ordered | spent.keys():
            credit, cost = members.get(member, Credit()), spent[member, month]
            revenue, orders = credit.monthly[month], credit.monthly_orders[month]
            months[model, str(member), month] = (
                money(revenue),
                orders / 10**9,
                credit.monthly_new[month] / 10**9,
                money(cost),
                ratio(revenue, cost),
            )
    actual = {row[:3]: row[3:] for row in rows}
    assert len(actual) == len(rows)
    assert_same_rows(CAMPAIGN_MONTH_COLUMNS, actual, months, may_be_empty=may_be_empty)


def test_lines_reconcile_with_orders(warehouse: Path) -> None:
    """First reconciliation: the lines add up to their orders, order by order."""
    assert not query(
        warehouse,
        """
        select order_id
        from marts.fact_orders
        left join marts.fact_order_items using (order_id)
        group by order_id, fact_orders.gross_amount, fact_orders.discount_amount,
            fact_orders.unit_count, fact_orders.gift_card_amount
        having coalesce(sum(fact_order_items.gross_amount), 0) != fact_orders.gross_amount
            or coalesce(sum(fact_order_items.discount_amount), 0) != fact_orders.discount_amount
            or coalesce(sum(fact_order_items.quantity), 0) != fact_orders.unit_count
            or coalesce(sum(fact_order_items.gift_card_amount), 0) != fact_orders.gift_card_amount
        """,
    )


def test_facts_reconcile_with_days_weeks_and_months(warehouse: Path, expected: Independent) -> None:
    """Second: net sales are equal over orders, lines, days, weeks and months."""
    totals = {
        mart: query(warehouse, f"select sum(net_amount) from marts.{mart} where {condition}")[0][0]  # noqa: S608
        for mart, condition in (
            ("fact_orders", "is_valid"),
            ("fact_order_items", "is_valid"),
            ("orders_daily", "true"),
            ("orders_weekly", "true"),
            ("orders_monthly", "true"),
        )
    }
    assert set(totals.values()) == {money(sum(expected.order_net.values()))}, totals


def test_persons_and_products_reconcile_with_orders(warehouse: Path) -> None:
    """Third: lifetime values, and products' net sales, add up to the orders' net sales."""
    totals = query(
        warehouse,
        """
        select
            (select sum(net_amount) from marts.fact_orders where is_valid),
            (select sum(lifetime_value) from marts.customer_analytics),
            (select sum(net_amount) from marts.product_performance)
        """,
    )[0]
    assert len(set(totals)) == 1, totals


def test_attribution_reconciles_with_orders(warehouse: Path) -> None:
    """Fourth: each model attributes exactly each valid order's net sales."""
    different = " or ".join(f"sum({model}_revenue) is distinct from net_amount" for model in MODELS)
    assert not query(
        warehouse,
        f"""
        select order_id
        from marts.fact_orders
        left join marts.attribution_touches using (order_id)
        where is_valid
        group by order_id, net_amount
        having {different}
        """,  # noqa: S608
    )
