"""The truth beside the batches matches what a warehouse can see, with the time of each change."""

from typing import Final

import pytest

from ecommerce_analytics.generate.lifecycle import STATUSES
from generate.shops import Shop

from .lives import DAYS, SPEC, apply, replay

_VERSIONED: Final = {
    "customers": "segment, state, country, city, accepts_marketing",
    "products": "category, subcategory, unit_cost, list_price, is_active",
}


@pytest.mark.parametrize("table", _VERSIONED)
def test_versions_are_what_the_tables_showed(living: Shop, table: str) -> None:
    """Each evening there is one version for each row that differs from the day before."""
    key, columns = f"{table[:-1]}_id", _VERSIONED[table]
    shop = Shop.open(SPEC, living.folder, kind="table")
    connection = shop.connection
    for batch in sorted((living.folder / "days").glob("2026-*")):
        connection.execute(f"create or replace temp table before as from {table}")
        apply(shop, batch)
        seen = connection.execute(
            f"""
            select {key}, {columns}, updated_at, false from {table}
            where {table} not in (select before from before)
            union all
            select {key}, {", ".join("null" for _ in columns.split(","))}, null, true
            from before anti join {table} using ({key})
            order by {key}
            """  # noqa: S608
        ).fetchall()
        told = connection.execute(
            f"""
            select {key}, {columns}, case when not is_deleted then became_at end, is_deleted
            from '{batch}/truth/{table}.parquet' order by {key}
            """  # noqa: S608
        ).fetchall()
        assert told == seen, batch.name


def test_statuses_are_what_the_orders_showed(living: Shop) -> None:
    """Each evening the last recorded step of each order is its row's status."""
    shop = Shop.open(SPEC, living.folder, kind="table")
    connection = shop.connection
    connection.execute(
        "create table told (order_id bigint, order_status varchar, became_at timestamp)"
    )
    ranks = ", ".join(f"'{status}'" for status in STATUSES)
    for batch in sorted((living.folder / "days").glob("2026-*")):
        apply(shop, batch)
        connection.execute(f"insert into told from '{batch}/truth/order_statuses.parquet'")
        wrong = connection.execute(
            f"""
            select order_id, last.order_status, orders.order_status
            from orders join (
                select order_id, arg_max(
                    order_status, (became_at, list_position([{ranks}], order_status))
                ) as order_status
                from told group by order_id
            ) as last using (order_id)
            where last.order_status <> orders.order_status
            """  # noqa: S608
        ).fetchall()
        assert wrong == [], batch.name
    assert shop.value("select count(distinct order_id) from told") > DAYS
    assert shop.value("select count(*) from told") == shop.value(
        "select count(*) from (select distinct order_id, order_status from told)"
    )
    steps = {
        "shipped": "shipped_at", "delivered": "delivered_at", "cancelled": "cancelled_at",
        "pending": "ordered_at",
    }  # fmt: skip
    for status, column in steps.items():
        assert (
            shop.value(
                "select count(*) from told join orders using (order_id) "  # noqa: S608
                f"where told.order_status = '{status}' and became_at <> {column}"
            )
            == 0
        )


def test_every_change_of_a_price_was_told(living: Shop) -> None:
    """The record of changes matches the versions."""
    days = sorted((living.folder / "days").glob("2026-*"))
    shop = replay(SPEC, living.folder, days)
    told = shop.value(
        f"select count(*) from '{living.folder}/days/*/truth/changes.parquet' "  # noqa: S608
        "where kind = 'price changed'"
    )
    before = Shop.open(SPEC, living.folder, kind="table")
    changed = 0
    for batch in days:
        before.connection.execute("create or replace temp table was as from products")
        apply(before, batch)
        changed += before.value(
            "select count(*) from products join was using (product_id) "
            "where products.list_price <> was.list_price"
        )
    assert changed == told > DAYS
