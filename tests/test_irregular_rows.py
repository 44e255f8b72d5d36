"""Irregular rows never stop the build: each is handled by a written rule and listed.

One shop has them all (irregular_shop.py). It is built with all tests; a second day has the rows
that some of them wait for, and the incremental run must equal a rebuild.
"""

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest

import irregular_shop as irregular
from conftest import Dbt, DbtResult
from differences import differences, followed

# Net sales, shipping, tax and total of each order; None: not in the facts.
_ORDERS: Final[dict[int, tuple[str, str, str, str] | None]] = {
    101: ("17.00", "0", "0", "17.00"),
    102: ("0", "0", "0", "0"),
    103: ("-7.90", "0", "0", "-7.90"),
    104: ("90.00", "0", "17.10", "107.10"),
    105: ("119.00", "0", "19.00", "138.00"),
    106: ("0", "0", "0", "0"),
    107: ("30.00", "0", "0", "30.00"),
    108: ("12.00", "0", "0", "12.00"),
    109: ("15.00", "0", "0", "15.00"),
    110: ("-5.00", "4.00", "0", "-1.00"),
    116: ("10.00", "0", "0", "10.00"),
    117: None,
    118: None,
    122: ("20.00", "0", "0", "20.00"),
    123: ("25.00", "0", "0", "25.00"),
    124: ("20.00", "0", "0", "20.00"),
    126: ("-3.00", "0", "0", "-3.00"),
    128: ("0", "0", "0", "0"),
    129: ("-7.00", "0", "0", "-7.00"),
    130: ("17.61", "10.49", "3.80", "31.90"),
    131: ("0", "0", "0", "0"),
    900: None,
}
_MONEY: Final = "net_amount, shipping_amount, tax_amount, total_sales_amount"
_BRIDGE: Final = "sum(gross_amount), sum(discount_amount), sum(returns_amount), sum(net_amount)"

Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Dbt, DbtResult]:
    """The irregular shop, loaded and built with all tests."""
    directory = tmp_path_factory.mktemp("irregular")
    dbt = Dbt(directory)
    dbt.load(irregular.write_shop(directory / "shop"), loaded_at=irregular.FIRST_LOAD)
    return dbt, dbt.run("build")


@pytest.fixture(scope="module")
def query(built_once: tuple[Dbt, DbtResult]) -> Query:
    """Query the warehouse as of the first day."""
    dbt, result = built_once
    result.require_success()
    copy = Path(shutil.copy(dbt.warehouse, dbt.warehouse.with_name("first_day.duckdb")))

    def ask(sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(copy), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    return ask


def test_no_row_stops_the_build(built_once: tuple[Dbt, DbtResult]) -> None:
    """No node fails and none is skipped; source tests only warn."""
    _, result = built_once
    statuses = {node["status"] for node in result.artifacts["run_results"]["results"]}
    assert statuses <= {"success", "pass", "warn", "no-op"}, result.errors


@pytest.mark.parametrize("order_id", _ORDERS)
def test_an_order_counts_as_the_rule_says(query: Query, order_id: int) -> None:
    """Net sales, shipping, tax and total follow the rule."""
    found = query(f"select {_MONEY} from marts.fact_orders where order_id = {order_id}")  # noqa: S608
    expected = _ORDERS[order_id]
    assert found == ([tuple(map(Decimal, expected))] if expected else [])


def test_every_grain_has_the_same_bridge(query: Query) -> None:
    """Items = orders = customers = products = days less refunds without an order, at each step."""
    orders = query(f"select {_BRIDGE} from marts.fact_orders where is_valid")  # noqa: S608
    for mart in ("fact_order_items where is_valid", "customer_analytics", "product_performance"):
        assert query(f"select {_BRIDGE} from marts.{mart}") == orders, mart  # noqa: S608
    [(gross, discounts, returns, net)] = orders
    assert gross - discounts - returns == net
    for mart in ("orders_daily", "orders_weekly", "orders_monthly"):
        [days] = query(f"select {_BRIDGE} from marts.{mart}")  # noqa: S608
        assert days == (gross, discounts, returns + 17, net - 17), mart


def test_refunds_without_an_order_count_on_their_day(query: Query) -> None:
    """Refunds without a number or with a missing order count on their day; recent ones wait."""
    assert query(
        "select refund_id, cast(refund_date as varchar), returns_amount, tax_refund_amount, "
        "shipping_refund_amount from marts.fact_refunds where order_id is null order by refund_id"
    ) == [
        (12, "2025-01-10", Decimal("8.00"), Decimal("0.80"), Decimal(0)),
        (13, "2025-02-18", Decimal("9.00"), Decimal(0), Decimal("1.00")),
    ]
    assert query(
        "select returns_amount from marts.orders_daily where date_day = date '2025-01-10'"
    ) == [(Decimal("8.00"),)]


def test_a_rest_is_refunded_of_what_is_left(query: Query) -> None:
    """A refund of the rest covers what is left: both lines net 0 with one unit returned."""
    assert query(
        "select net_amount, returned_quantity from marts.fact_order_items where order_id = 102"
    ) == [(0, 1), (0, 1)]


def test_no_product_falls_below_zero(query: Query) -> None:
    """Refunds above the price belong to no product, as for an order without lines."""
    assert query(
        "select order_id, sum(net_amount) from marts.fact_order_items "
        "where net_amount < 0 and product_id is null group by order_id order by order_id"
    ) == [
        (103, Decimal("-7.90")),
        (110, Decimal("-5.00")),
        (126, Decimal("-3.00")),
        (129, Decimal("-7.00")),
    ]
    # Of the products, only the line that is itself a return.
    assert query(
        "select order_item_id from marts.fact_order_items "
        "where net_amount < 0 and product_id is not null"
    ) == [(10601,)]


def test_stock_is_counted_in_thousandths(query: Query) -> None:
    """Stock is counted in thousandths, like quantities."""
    assert query(
        "select on_hand from marts.product_performance where on_hand is not null and is_active"
    ) == [(Decimal("5.125"),)]


def test_a_return_within_an_order_has_its_refund(query: Query) -> None:
    """A return within an order is refunded on the order's day and line; the new product is sold."""
    assert query(
        "select order_item_id, days_to_refund, returned_quantity, returns_amount "
        "from marts.fact_refunds where order_id = 106"
    ) == [(10601, 0, 1, 20)]
    assert query(
        "select quantity, gross_amount, net_amount from marts.fact_order_items "
        "where order_id = 106 order by order_item_id"
    ) == [(0, 0, -20), (1, 20, 20)]


def test_orders_without_their_account_stay_with_one_person(query: Query) -> None:
    """Orders without their account belong to one person: by e-mail, else by account number."""
    persons: dict[int, str] = dict(
        query(
            "select order_id, person_id from marts.fact_orders where order_id in "
            "(101, 111, 112, 113)"
        )
    )
    assert persons[111] == persons[101]
    assert persons[112] == persons[113] != persons[101]


def test_products_that_are_not_there_keep_their_sales(query: Query) -> None:
    """Sales of missing products stay: an unknown product of that number, and one for no product."""
    assert query(
        "select product_id, product_name, gross_amount from marts.product_performance "
        "where not is_active and gross_amount > 0 order by product_id"
    ) == [(99, "Unknown product 99", 30), (None, "(no product)", 32)]


def test_impossible_times_are_null(query: Query) -> None:
    """The order stays, and the calendar is not extended."""
    assert query("select shipped_at, delivered_at from marts.fact_orders where order_id = 119") == [
        (None, None)
    ]
    [days] = query(
        "select cast(min(date_day) as varchar), cast(max(date_day) as varchar) from marts.dim_date"
    )
    assert days == ("2025-01-10", "2025-02-22")


def test_durations_that_run_backwards_are_null(query: Query) -> None:
    """Orders 114 and 115: negative durations are null, valid ones stay."""
    assert query(
        "select shipped_order_count, delivered_order_count from marts.fulfillment_performance "
        "where category = '(all)'"
    ) == [(1, 1)]


def test_a_status_without_a_mapping_is_no_sale(query: Query) -> None:
    """An unmapped status is not a sale, and a mapped one is translated."""
    assert query(
        "select order_id, order_status, is_valid from marts.fact_orders "
        "where order_id in (120, 121) order by order_id"
    ) == [(120, "(unmapped)", False), (121, "cancelled", False)]


def test_every_irregular_row_is_listed_once(query: Query) -> None:
    """Every irregular row is listed exactly once, with a sentence and the action taken."""
    found = query("select source_table, source_key, rule from marts.data_quality_issues")
    assert len(found) == len(set(found))
    assert set(found) == irregular.ISSUES
    [(money,)] = query(
        "select sum(amount) from marts.data_quality_issues where treatment = 'held_back'"
    )
    assert money == 40 + 50 + 25 + 2


def test_every_rule_has_a_row_in_the_shop(query: Query) -> None:
    """The shop has a row for every rule of the seed, except these few."""
    rules = {rule for (rule,) in query("select rule from seeds.data_quality_rules")}
    assert {rule for _, _, rule in irregular.ISSUES} == rules - {
        "order_cancelled_before_ordered",
        "order_returned_beyond_sold",
        "order_total_is_not_its_lines",
        "line_total_does_not_add_up",
        "line_type_unknown",
        "refund_below_zero",
    }


def test_what_was_held_back_joins_when_it_can(
    built_once: tuple[Dbt, DbtResult], query: Query, manifest: Any, tmp_path: Path
) -> None:
    """An incremental run adds the line, refunds and touches, and equals a rebuild."""
    dbt, result = built_once
    result.require_success()
    del query  # Its copy is of the first day.
    day = irregular.write_shop(tmp_path / "day", irregular.SECOND_DAY)
    dbt.apply(day, loaded_at=irregular.SECOND_LOAD)
    dbt.succeed("build")
    assert dbt.query(
        "select order_id, gross_amount, returns_amount, net_amount from marts.fact_orders "
        "where order_id in (900, 901) order by order_id"
    ) == [(900, 25, 2, 23), (901, 30, 8, 22)]
    assert dbt.query("select refund_id from marts.fact_refunds where order_id is null") == [(13,)]
    assert dbt.query(
        "select order_id, net_amount from marts.fact_order_items "
        "where product_id is null and order_id in (103, 116)"
    ) == [(116, -5)]
    waiting = dbt.query(
        "select source_key, rule from marts.data_quality_issues where treatment = 'held_back' "
        "order by source_key"
    )
    assert waiting == [("117", "order_date_not_credible"), ("118", "order_date_not_credible")]
    rebuilt = Dbt(tmp_path)
    rebuilt.take(dbt)
    rebuilt.succeed("build", "--full-refresh", "--exclude-resource-type", "test", "unit_test")
    found = differences(dbt.warehouse, rebuilt.warehouse, followed(manifest))
    assert not found, "\n".join(found)


def test_the_mapping_may_be_the_consumers_own(tmp_path: Path) -> None:
    """The var can name any seed or model; here it is only parsed, not built."""
    dbt = Dbt(tmp_path)
    dbt.load(irregular.write_shop(tmp_path / "shop"), loaded_at=irregular.FIRST_LOAD)
    named = '{"value_mapping": "product_categories"}'
    dbt.succeed("compile", "--select", "int_orders__accepted", "--vars", named)
    [compiled] = dbt.target.glob("compiled/**/int_orders__accepted.sql")
    assert "product_categories" in compiled.read_text(encoding="utf-8")
