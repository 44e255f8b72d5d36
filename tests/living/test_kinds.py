"""Each kind of change occurs within a month, even in a small shop, and is in the truth."""

from collections import Counter
from typing import Final

import pytest

from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.generate.lifecycle import STATUSES
from generate.shops import Shop

from .lives import LIVING_RULES, SPEC, apply

_KINDS: Final = {
    "campaign booked",
    "campaign closed",
    "budget changed",
    "category changed",
    "consent changed",
    "cost changed",
    "customer erased",
    "customer moved",
    "customer reactivated",
    "e-mail changed",
    "line removed",
    "price changed",
    "price corrected",
    "product deleted",
    "product launched",
    "product listed by mistake",
    "product retired",
    "quantity corrected",
    "refund taken back",
    "segment changed",
}


def test_each_kind_of_change_comes(living: Shop) -> None:
    """The record of changes has every kind."""
    files = f"'{living.folder}/days/*/truth/changes.parquet'"
    found = living.connection.execute(f"select distinct kind from {files}").fetchall()  # noqa: S608
    assert {kind for (kind,) in found} == _KINDS


def test_rows_come_late(living: Shop) -> None:
    """Orders arrive up to 20 days late, touches some days."""
    orders = _delays(living, "orders", "ordered_at", "order_id")
    assert max(orders) > 9
    assert all(0 <= days <= 20 for days in orders)
    touches = _delays(living, "marketing_touchpoints", "touched_at", "touchpoint_id")
    assert 0 < max(touches) <= 5
    assert touches[0] / touches.total() > 0.95


def test_every_table_has_its_batches(living: Shop) -> None:
    """Every table has inserts or updates, and deletes where they are allowed."""
    names = {path.name for path in living.folder.glob("days/*/*.parquet")}
    assert names >= {f"{table.name}.parquet" for table in load_contract().tables}
    deleted = ("customers", "products", "inventory_levels", "order_items", "refunds")
    assert {name for name in names if ".deleted." in name} == {
        f"{table}.deleted.parquet" for table in deleted
    }


def test_orders_pass_through_every_status(living: Shop) -> None:
    """Day by day the rows show the order one step further."""
    files = f"'{living.folder}/days/*/orders.parquet'"
    seen = living.connection.execute(
        f"select distinct order_status from {files}"  # noqa: S608
    ).fetchall()
    assert {status for (status,) in seen} == set(STATUSES)


def test_dormant_customers_order_again(living: Shop) -> None:
    """A reactivated account orders on the day, half a year after its last order."""
    (orders,) = living.connection.execute(
        f"""
        with back as (
            select key, cast(local_time(became_at) as date) as day
            from '{living.folder}/days/*/truth/changes.parquet'
            where kind = 'customer reactivated'
        )
        select count(*) from back join orders
            on customer_id = key and cast(local_time(ordered_at) as date) = day
        where not exists (
            select 1 from orders as earlier where earlier.customer_id = key
                and earlier.ordered_at < day and earlier.ordered_at > day - interval 180 day
        )
        """  # noqa: S608
    ).fetchone() or (0,)
    assert orders > 0


@pytest.mark.parametrize(
    ("rule", "damage"),
    [
        (
            "the subtotal is the lines' gross",
            "update order_items set quantity = quantity + 1, line_total = line_total + unit_price "
            "where order_item_id = (select max(order_item_id) from order_items)",
        ),
        (
            "orders.customer_id: reference",
            "delete from customers where customer_id = (select max(customer_id) from orders)",
        ),
        (
            "order ids rise from day to day",
            "update orders set ordered_at = ordered_at + interval 3 day "
            "where order_id = (select max(order_id) - 20 from orders)",
        ),
    ],
)
def test_the_rules_notice(living: Shop, rule: str, damage: str) -> None:
    """Each rule can be broken, or it would check nothing."""
    shop = Shop.open(SPEC, living.folder, kind="table")
    for batch in sorted((living.folder / "days").glob("2026-*")):
        apply(shop, batch)
    assert shop.connection.execute(LIVING_RULES[rule]).fetchone() is None
    shop.connection.execute(damage)
    assert shop.connection.execute(LIVING_RULES[rule]).fetchone() is not None


def _delays(shop: Shop, table: str, column: str, key: str) -> Counter[int]:
    """Days between what happened and the first batch that has it."""
    rows = shop.connection.execute(
        f"""
        select date_diff('day', happened, arrived), count(*) from (
            select {key}, min(cast(local_time({column}) as date)) as happened,
                min(cast(regexp_extract(filename, 'days/([0-9-]+)/', 1) as date)) as arrived
            from read_parquet('{shop.folder}/days/*/{table}.parquet', filename = true)
            where {key} not in (from '{shop.folder}/{table}.parquet' select {key})
            group by {key}
        ) group by 1
        """  # noqa: S608
    ).fetchall()
    return Counter(dict(rows))
