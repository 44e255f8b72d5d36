"""Checks the marts against a second computation, on small worst-case shops.

Hypothesis draws combinations: ties, one order, everything refunded, guests only, orders without
lines, no campaigns, a single day. `--hypothesis-profile=hunt` searches further.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

import duckdb
import pytest
from hypothesis import currently_in_test_context, given, note
from hypothesis import strategies as st

import test_figures as figures
from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.generate import ShopSpec, generate_shop
from increments.forks import Forks
from independent.figures import MODELS, figures_of, month_of, week_of
from test_attribution import check_removal_effects
from test_domain_figures import MARTS

_SHOP: Final = ShopSpec(customers=40, orders=120)
_NO_LINES: Final = (
    "delete from refunds where order_id in (select order_id from orders where {which})",
    "delete from order_items where order_id in (select order_id from orders where {which})",
    "update orders set subtotal = 0, discount_total = 0, order_total = shipping_total + tax_total "
    "where {which}",
)
# SQL that changes the shop's tables, with {n} for a number from 1 to 9.
_TWISTS: Final[Mapping[str, Sequence[str]]] = {
    "all at the same moments": (
        "update orders set ordered_at = date_trunc('month', ordered_at), shipped_at = null, "
        "delivered_at = null, cancelled_at = null",
        "update marketing_touchpoints set touched_at = date_trunc('month', touched_at)",
    ),
    "all of the same price": (
        "update order_items set quantity = {n}, unit_price = 10, discount = 0, "
        "line_total = {n} * 10",
        "update orders set discount_total = 0, subtotal = coalesce((select sum(line_total) "
        "from order_items where order_items.order_id = orders.order_id), 0)",
        "update orders set order_total = subtotal + shipping_total + tax_total",
    ),
    "all for nothing": (
        "update order_items set unit_price = 0, discount = 0, line_total = 0",
        "update orders set subtotal = 0, discount_total = 0, shipping_total = 0, tax_total = 0, "
        "order_total = 0",
        "delete from refunds",
    ),
    "a single day": (
        "update orders set ordered_at = date '2025-06-1{n}' + (ordered_at - "
        "date_trunc('day', ordered_at)), shipped_at = null, delivered_at = null, "
        "cancelled_at = null",
        "update refunds set refunded_at = date '2025-06-20' + (refunded_at - "
        "date_trunc('day', refunded_at))",
    ),
    "one order": (
        "delete from refunds where order_id <> (select min(order_id) + {n} from orders)",
        "delete from order_items where order_id <> (select min(order_id) + {n} from orders)",
        "delete from orders where order_id <> (select min(order_id) + {n} from orders)",
    ),
    "all refunded": (
        "delete from refunds",
        "insert into refunds by name select order_item_id as refund_id, order_id, order_item_id, "
        "quantity, line_total as goods_amount, 0 as tax_amount, 0 as shipping_amount, "
        "(select max(ordered_at) from orders) + to_days({n}) as refunded_at from order_items",
    ),
    "orders refunded whole": (
        "delete from refunds",
        "insert into refunds by name select order_id as refund_id, order_id, "
        "null as order_item_id, 1 as quantity, {n} + 0.01 as goods_amount, 0.03 as tax_amount, "
        "0.02 as shipping_amount, ordered_at + to_days({n}) as refunded_at from orders",
    ),
    "guests only": ("update orders set customer_id = null",),
    "guests without addresses": ("update orders set customer_id = null, email = null",),
    "a single customer": (
        "update orders set customer_id = (select min(customer_id) from customers)",
    ),
    "a single product": (
        "update order_items set product_id = (select min(product_id) from products)",
    ),
    "orders without lines": tuple(
        sql.format(which="order_id % 3 = 0", n="{n}") for sql in _NO_LINES
    ),
    "no lines at all": tuple(sql.format(which="true", n="{n}") for sql in _NO_LINES),
    "all cancelled": ("update orders set order_status = 'cancelled'",),
    "tests only": ("update orders set is_test = true",),
    "gift cards only": ("update order_items set is_gift_card = true",),
    "no costs": ("update order_items set unit_cost = null",),
    "no campaigns": (
        "update orders set campaign_id = null",
        "update marketing_touchpoints set campaign_id = null",
        "delete from campaign_spend_daily",
        "delete from campaigns",
    ),
    "no touches": ("delete from marketing_touchpoints",),
    "no spend": ("delete from campaign_spend_daily",),
    "everything is direct": (
        "update marketing_touchpoints set channel = 'direct', campaign_id = null",
    ),
    "nobody signs in": ("update marketing_touchpoints set customer_id = null",),
    "no levels": ("delete from inventory_levels",),
    "refunds beyond what was paid": (
        "insert into refunds by name select 1000000 + order_id as refund_id, order_id, "
        "case when order_id % 3 = 0 then null else (select min(order_item_id) from order_items "
        "where order_items.order_id = orders.order_id) end as order_item_id, {n} as quantity, "
        "order_total * {n} / 5 as goods_amount, 0.02 as tax_amount, 0.01 as shipping_amount, "
        "ordered_at + to_days({n}) as refunded_at from orders where order_id % 2 = 0",
    ),
    "rests and reversals": (
        "insert into refunds by name select 2000000 + order_item_id as refund_id, order_id, "
        "case when order_item_id % 2 = 0 then order_item_id end as order_item_id, 1 as quantity, "
        "cast(line_total * {n} / 10 as decimal(18, 2)) as goods_amount, 0 as tax_amount, "
        "0 as shipping_amount, timestamp '2025-06-20' + to_days({n} - order_item_id % 7) "
        "as refunded_at from order_items",
        "insert into refunds by name select 3000000 + order_id as refund_id, order_id, "
        "null as order_item_id, 0 as quantity, -{n} as goods_amount, 0 as tax_amount, "
        "0 as shipping_amount, timestamp '2025-06-20' as refunded_at from orders "
        "where order_id % 5 = 0",
    ),
    "exchanges and free units": (
        "update order_items set quantity = -quantity, line_total = -line_total, "
        "discount = -discount where order_item_id % {n} = 0",
        "update order_items set quantity = 0, line_total = 0, discount = 0 "
        "where order_item_id % 7 = 1",
    ),
    "products that are gone": (
        "update order_items set product_id = 900000 + {n} where order_item_id % 3 = 0",
        "update order_items set product_id = null where order_item_id % 4 = 0",
        "update inventory_levels set product_id = 800000 where product_id = "
        "(select min(product_id) from products)",
    ),
    "accounts that are gone": ("delete from customers where customer_id % {n} = 0",),
    "orders that are not there": ("delete from orders where order_id % 4 = 1",),
    "refunds without a number": (
        "update refunds set order_id = null, order_item_id = null where refund_id % 2 = 0",
    ),
    "prices include tax": (
        "update orders set prices_include_tax = order_id % 3 > 0, tax_total = "
        "cast(subtotal * {n} / 100 as decimal(18, 2)), "
        "order_total = subtotal - discount_total + shipping_total",
        "update order_items set tax_amount = cast(line_total * {n} / 100 as decimal(18, 2)) "
        "where order_id % 3 = 1",
    ),
    "statuses of its own": (
        "update orders set order_status = (['Canceled', 'on its way', ' Shipped '])"
        "[order_id % 3 + 1] where order_id % {n} = 0",
    ),
    "fees and tips": (
        "update order_items set line_type = (['fee', 'tip', 'gift_card', 'Product', 'other'])"
        "[order_item_id % 5 + 1]",
    ),
    "impossible dates": (
        "update orders set ordered_at = timestamp '1970-01-01' where order_id % 5 = 0",
        "update orders set ordered_at = timestamp '2099-01-01' where order_id % 5 = 1",
        "update refunds set refunded_at = timestamp '2099-01-01' where refund_id % 3 = 0",
        "update marketing_touchpoints set touched_at = timestamp '0001-01-01' "
        "where touchpoint_id % {n} = 0",
        "update campaign_spend_daily set spend_date = cast(spend_date + interval 75 years as "
        "date) where day(spend_date) = {n}",
    ),
    "totals that miss": (
        "update orders set order_total = order_total + 0.0{n}, discount_total = discount_total + "
        "{n}",
        "update order_items set line_total = line_total + 0.01 where order_item_id % {n} = 0",
    ),
    "campaigns that are gone": (
        "delete from campaigns where campaign_id % 2 = 0",
        "update campaigns set channel = 'radio' where campaign_id % 3 = 0",
    ),
    "money without lines": ("delete from order_items where order_id % {n} = 0",),
    "nothing but nulls": (
        "update products set subcategory = null, brand = null, unit_cost = null",
        "update customers set email = null, country = null, acquisition_channel = null",
        "update campaigns set end_date = null, budget = null",
    ),
}
# The second computation needs an order.
_NO_ORDERS: Final = {"no orders": ("delete from order_items", "delete from orders")}
_IRREGULAR: Final = (
    "refunds beyond what was paid",
    "rests and reversals",
    "exchanges and free units",
    "products that are gone",
    "accounts that are gone",
    "orders that are not there",
    "refunds without a number",
    "prices include tax",
    "statuses of its own",
    "fees and tips",
    "impossible dates",
    "totals that miss",
    "campaigns that are gone",
    "money without lines",
)
_MISFORTUNES: Final = st.lists(
    st.tuples(st.sampled_from(sorted(_TWISTS)), st.integers(1, 9)),
    min_size=1,
    max_size=4,
    unique_by=lambda twist: twist[0],
)


@dataclass(frozen=True)
class Start:
    """The original shop, and the parsed project."""

    directory: Path
    forks: Forks
    numbers: Iterator[int]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Start:
    """A small shop."""
    directory = tmp_path_factory.mktemp("adversarial")
    generate_shop(_SHOP, directory / "shop")
    forks = Forks(DuckDBEngine(directory / "warehouse.duckdb"), directory)
    return Start(directory, forks, count())


# Each of these is always tried alone.
_NAMED: Final = (
    "all at the same moments",
    "one order",
    "all refunded",
    "guests only",
    "orders without lines",
    "no campaigns",
    "a single day",
)


@pytest.mark.parametrize("name", _NAMED)
def test_a_misfortune_alone(start: Start, name: str) -> None:
    """Each of these changes alone leaves the marts correct."""
    _check(start, [(name, 5)])


def test_irregular_rows_together(start: Start) -> None:
    """A shop with every kind of irregular row has correct marts."""
    _check(start, [(name, 3) for name in _IRREGULAR])


def test_refunds_and_no_order(start: Start) -> None:
    """A shop whose first export has only refunds of earlier orders can be built."""
    directory = start.directory / str(next(start.numbers))
    _twist(start.directory / "shop", directory / "shop", [("no orders", 1)], _NO_ORDERS)
    engine = DuckDBEngine(directory / "warehouse.duckdb")
    engine.load(directory / "shop")
    start.forks.build(engine)
    refunds = f"select sum(goods_amount) from '{directory}/shop/refunds.parquet'"  # noqa: S608
    for period in ("daily", "weekly", "monthly"):
        assert engine.rows(
            f"select returns_amount = ({refunds}), is_complete, net_amount = -returns_amount "  # noqa: S608
            f"from (select sum(returns_amount) as returns_amount, sum(net_amount) as net_amount, "
            f"bool_or(is_complete) as is_complete from marts.orders_{period}) as sums"
        ) == [(True, False, True)]


@given(twists=_MISFORTUNES)
def test_the_marts_stay_right(start: Start, twists: Sequence[tuple[str, int]]) -> None:
    """Combinations of changes leave the marts correct."""
    _check(start, twists)


def _check(start: Start, twists: Sequence[tuple[str, int]]) -> None:
    """Compare every row of every mart of the four domains."""
    directory = start.directory / str(next(start.numbers))
    _twist(start.directory / "shop", directory / "shop", twists)
    engine = DuckDBEngine(directory / "warehouse.duckdb")
    engine.load(directory / "shop")
    start.forks.build(engine)
    shop = engine.warehouse, figures_of(directory / "shop")
    for mart in MARTS:
        mart.check(*shop, may_be_empty=True)
    figures.test_sales_of_every_period(*shop, "orders_daily", "date_day", lambda day: day)
    figures.test_sales_of_every_period(*shop, "orders_weekly", "week_start_date", week_of)
    figures.test_sales_of_every_period(*shop, "orders_monthly", "month_start_date", month_of)
    figures.test_days_in_context(*shop)
    figures.test_weeks_in_context(*shop)
    figures.test_months_in_context(*shop)
    figures.test_every_person(*shop)
    figures.test_every_product(*shop)
    check_removal_effects(*shop)
    for model in MODELS:
        figures.check_credits(*shop, model, may_be_empty=True)
    figures.test_every_campaign(*shop)
    figures.check_campaign_months(*shop, may_be_empty=True)
    figures.test_lines_reconcile_with_orders(engine.warehouse)
    shutil.rmtree(directory)


def _twist(
    base: Path,
    shop: Path,
    twists: Sequence[tuple[str, int]],
    known: Mapping[str, Sequence[str]] = _TWISTS,
) -> None:
    """Write a shop's files with the changes applied."""
    shop.mkdir(parents=True)
    with duckdb.connect() as connection:
        tables = [table.name for table in load_contract().tables]
        for table in tables:
            connection.execute(f"create table {table} as from '{base / table}.parquet'")
        for name, number in twists:
            for statement in known[name]:
                sql = statement.format(n=number)
                if currently_in_test_context():
                    note(f"{name}: {sql}")
                connection.execute(sql)
        for table in tables:
            connection.execute(f"copy {table} to '{shop / table}.parquet' (format parquet)")
