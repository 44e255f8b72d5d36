"""An incremental run gives the same rows as a rebuild of the same raw data.

The raw tables change like a replica of a shop system: late, corrected and deleted rows, each kind
on its own orders, so that a difference identifies its cause.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest
from project import check

from conftest import NO_TESTS, Artifact, Dbt
from differences import Table, differences, followed

_FIRST_LOAD: Final = datetime(2026, 1, 1, 6, tzinfo=UTC)
_SECOND_LOAD: Final = _FIRST_LOAD + timedelta(days=1)
# The tables in which a change of an order or a touch must appear.
_FACTS_BY_KEY: Final = {
    "order_id": ("fact_orders", "fact_order_items", "fact_refunds"),
    "touchpoint_id": ("fact_marketing_touchpoints",),
}

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Change:
    """One change of the raw data between two runs.

    Attributes:
        pick: A query for one row; its columns are the parameters of the statements, and the keys
            of the rows in which the change must show.
        statements: The SQL that changes the raw tables, with `{column}` for what was picked and
            `{now}` for the time of the load.
        at: The load time of the changed rows.
    """

    pick: str
    statements: Sequence[str]
    at: datetime = _SECOND_LOAD


_PLAIN = """
    from raw_data.orders
    where not is_test and order_status = 'delivered' and customer_id is not null
    and order_id not in (select order_id from raw_data.refunds)
"""
_ADD_ORDER = """
    insert into raw_data.orders
    select * replace (
        {order_id} as order_id,
        (select max(ordered_at) from raw_data.orders) - interval 20 day as ordered_at,
        null as shipped_at, null as delivered_at, null as cancelled_at,
        'processing' as order_status, {now} as loaded_at
    )
    from raw_data.orders where order_id = {like}
"""
_ADD_LINES = """
    insert into raw_data.order_items
    select * replace (
        {order_id} as order_id, {now} as loaded_at,
        (select max(order_item_id) from raw_data.order_items) + line_number as order_item_id
    )
    from raw_data.order_items where order_id = {like}
"""
_NEW_ORDER: Final = (
    "select (select max(order_id) from raw_data.orders) + {} as order_id, "  # noqa: S608
    "order_id as like " + _PLAIN
)

_CHANGES: Final[Mapping[str, Change]] = {
    "an order arrives three weeks late": Change(
        _NEW_ORDER.format(1) + " order by order_id limit 1 offset 1", (_ADD_ORDER, _ADD_LINES)
    ),
    # Tables are replicated one after the other: the first one loaded may be read last.
    "an order loaded before another table was is seen after it": Change(
        _NEW_ORDER.format(2) + " order by order_id limit 1 offset 2",
        (_ADD_ORDER, _ADD_LINES),
        at=_FIRST_LOAD + timedelta(minutes=30),
    ),
    "an order is cancelled": Change(
        f"select order_id {_PLAIN} order by order_id limit 1 offset 3",
        (
            "update raw_data.orders set order_status = 'cancelled', cancelled_at = delivered_at, "
            "loaded_at = {now} where order_id = {order_id}",
        ),
    ),
    "a line's quantity is corrected": Change(
        f"select order_id {_PLAIN} order by order_id limit 1 offset 4",
        (
            "update raw_data.orders set loaded_at = {now}, subtotal = subtotal + unit_price, "
            "order_total = order_total + unit_price from raw_data.order_items as line "
            "where orders.order_id = {order_id} and line.order_id = {order_id} and line_number = 1",
            "update raw_data.order_items set quantity = quantity + 1, loaded_at = {now}, "
            "line_total = line_total + unit_price where order_id = {order_id} and line_number = 1",
        ),
    ),
    "a line is deleted, its order corrected": Change(
        f"select order_id {_PLAIN} and order_id in (select order_id from raw_data.order_items "  # noqa: S608
        "where line_number = 2) order by order_id limit 1 offset 5",
        (
            "update raw_data.orders set loaded_at = {now}, "
            "subtotal = subtotal - quantity * unit_price, "
            "discount_total = discount_total - discount, order_total = order_total - line_total "
            "from raw_data.order_items as line "
            "where orders.order_id = {order_id} and line.order_id = {order_id} and line_number = 2",
            "delete from raw_data.order_items where order_id = {order_id} and line_number = 2",
        ),
    ),
    "a line is refunded": Change(
        f"select order_id {_PLAIN} order by order_id desc limit 1 offset 6",
        (
            "insert into raw_data.refunds by name "
            "select (select max(refund_id) from raw_data.refunds) + 1 as refund_id, order_id, "
            "order_item_id, 1 as quantity, line_total / quantity as goods_amount, "
            "0 as tax_amount, 0 as shipping_amount, (select max(ordered_at) from raw_data.orders) "
            "- interval 15 day as refunded_at, {now} as loaded_at "
            "from raw_data.order_items where order_id = {order_id} and line_number = 1",
        ),
    ),
    "a whole order is refunded": Change(
        f"select order_id {_PLAIN} order by order_id desc limit 1 offset 7",
        (
            "insert into raw_data.refunds by name "
            "select (select max(refund_id) from raw_data.refunds) + 1 as refund_id, order_id, "
            "null as order_item_id, 1 as quantity, 5.01 as goods_amount, 0.01 as tax_amount, "
            "0 as shipping_amount, (select max(ordered_at) from raw_data.orders) "
            "- interval 15 day as refunded_at, {now} as loaded_at "
            "from raw_data.orders where order_id = {order_id}",
        ),
    ),
    "a refund is deleted": Change(
        "select order_id, refund_id from raw_data.refunds where order_item_id is not null "
        "order by refund_id limit 1 offset 8",
        ("delete from raw_data.refunds where refund_id = {refund_id}",),
    ),
    "an order is deleted with all that hangs on it": Change(
        "select order_id, customer_id, touchpoint_id "
        "from raw_data.orders join raw_data.marketing_touchpoints using (customer_id) "
        "where order_id in (select order_id from raw_data.refunds) "
        "order by order_id, touchpoint_id limit 1 offset 9",
        (
            "delete from raw_data.refunds where order_id = {order_id}",
            "delete from raw_data.order_items where order_id = {order_id}",
            "delete from raw_data.marketing_touchpoints where customer_id = {customer_id}",
            "delete from raw_data.orders where order_id = {order_id}",
        ),
    ),
    "a customer's e-mail address changes": Change(
        f"select order_id, customer_id {_PLAIN} order by order_id limit 1 offset 10",
        (
            "update raw_data.customers set email = 'somebody.else@example.org', "
            "loaded_at = {now} where customer_id = {customer_id}",
        ),
    ),
    # The guest's order was the account's because of its address, and no longer is.
    "an account leaves the address of a guest's order": Change(
        "select 900000001 as order_id, 900000001 as customer_id",
        (
            "update raw_data.customers set email = 'moved.away@example.org', "
            "loaded_at = {now} where customer_id = {customer_id}",
        ),
    ),
    "the account behind a guest's order is deleted": Change(
        "select 900000002 as order_id, 900000002 as customer_id",
        ("delete from raw_data.customers where customer_id = {customer_id}",),
    ),
    "an older account takes the address of a guest's order": Change(
        "select 900000003 as order_id, customer_id from raw_data.customers "
        "where customer_id not in (select customer_id from raw_data.orders "
        "where customer_id is not null) order by signed_up_at limit 1",
        (
            "update raw_data.customers set email = 'guest900000003@example.org', "
            "signed_up_at = timestamp '2023-01-02', loaded_at = {now} "
            "where customer_id = {customer_id}",
        ),
    ),
    "a touch is corrected": Change(
        "select order_id, touchpoint_id from raw_data.marketing_touchpoints "
        "join raw_data.orders using (customer_id) order by touchpoint_id limit 1 offset 11",
        (
            "update raw_data.marketing_touchpoints set channel = 'display', campaign_id = null, "
            "loaded_at = {now} where touchpoint_id = {touchpoint_id}",
        ),
    ),
}

# Present from the start: guests who typed an account's address, and a table that was loaded after
# the orders.
_PREPARATION: Final = (
    *(
        statement.format(id=f"90000000{n}")
        for n in (1, 2, 3)
        for statement in (
            "insert into raw_data.customers select * replace ({id} as customer_id, "
            "'guest{id}@example.org' as email, timestamp '2024-01-01' as signed_up_at) "
            "from raw_data.customers order by customer_id limit 1",
            "insert into raw_data.orders select * replace ({id} as order_id, "
            "null as customer_id, 'guest{id}@example.org' as email) from raw_data.orders "
            "where order_status = 'delivered' and not is_test order by order_id limit 1",
            "insert into raw_data.order_items select * replace ({id} as order_id, "
            "{id}0 + line_number as order_item_id) from raw_data.order_items where order_id = "
            "(select min(order_id) from raw_data.orders where order_status = 'delivered' "
            "and not is_test)",
        )
    ),
    "update raw_data.customers set loaded_at = loaded_at + interval 1 hour "
    "where customer_id = (select min(customer_id) from raw_data.orders)",
)


@dataclass(frozen=True)
class Histories:
    """One shop's warehouses: after the first run, an idle run, the changes, and a rebuild."""

    first: Path
    idle: Path
    incremental: Path
    rebuilt: Path
    picked: Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def histories(small_shop_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Histories:
    """Run, run again, change the raw data, run again; and rebuild separately."""
    directory = tmp_path_factory.mktemp("incremental")
    dbt = Dbt(directory)
    dbt.load(small_shop_dir, loaded_at=_FIRST_LOAD)
    dbt.execute(*_PREPARATION)

    dbt.succeed("build", *NO_TESTS)
    first = _copy(dbt, "first")
    dbt.succeed("build", *NO_TESTS)
    idle = _copy(dbt, "idle")

    picked = {name: _apply(dbt, change) for name, change in _CHANGES.items()}
    dbt.succeed("build", *NO_TESTS)
    incremental = _copy(dbt, "incremental")
    dbt.succeed("build", "--full-refresh", *NO_TESTS)
    return Histories(first, idle, incremental, dbt.warehouse, picked)


@pytest.fixture(scope="module")
def tables(manifest: Artifact) -> list[Table]:
    """The intermediate models and the marts; snapshots and the run log keep their own history."""
    return followed(manifest)


def test_a_run_on_the_same_data_changes_nothing(histories: Histories, tables: list[Table]) -> None:
    """A run without changes leaves every table the same."""
    check("changed by a run without new data", differences(histories.first, histories.idle, tables))


def test_the_changes_did_change_something(histories: Histories, tables: list[Table]) -> None:
    """The changes have an effect, or the comparison below would prove nothing."""
    facts = [table for table in tables if table.name in {"fact_orders", "fact_order_items"}]
    assert len(differences(histories.idle, histories.rebuilt, facts)) >= len(facts)


@pytest.mark.parametrize("name", _CHANGES)
def test_each_change_reaches_its_rows(histories: Histories, tables: list[Table], name: str) -> None:
    """Each change appears in the facts of its order or touch, incrementally and rebuilt."""
    found = [
        difference
        for key, value in histories.picked[name].items()
        for difference in differences(
            histories.incremental,
            histories.rebuilt,
            [table for table in tables if table.name in _FACTS_BY_KEY.get(key, ())],
            f"where {key} = {value}",
        )
    ]
    check(f"{name}: differs from a rebuild", found)


def test_an_incremental_run_equals_a_rebuild(histories: Histories, tables: list[Table]) -> None:
    """Every intermediate table and every mart equals a rebuild, row by row."""
    check("differs from a rebuild", differences(histories.incremental, histories.rebuilt, tables))


def test_an_increment_computes_only_what_changed(histories: Histories) -> None:
    """An incremental run writes only changed rows; the others keep their build time."""
    with duckdb.connect(str(histories.incremental), read_only=True) as connection:
        ((changed, written, orders),) = connection.execute(
            "select (select count(*) from intermediate.int_orders__changes "
            "where changed_at = (select max(changed_at) from intermediate.int_orders__changes) "
            "and not is_deleted), "
            "count_if(built_through = (select max(built_through) from marts.fact_orders)), "
            "count(*) from marts.fact_orders"
        ).fetchall()
    assert written == changed
    assert 0 < changed <= orders / 10


def test_every_changed_order_was_picked_once(histories: Histories) -> None:
    """Each order has one change only, because two would hide each other."""
    orders = [picked["order_id"] for picked in histories.picked.values()]
    assert len(set(orders)) == len(orders), histories.picked


def _copy(dbt: Dbt, name: str) -> Path:
    return Path(shutil.copy(dbt.warehouse, dbt.warehouse.with_name(f"{name}.duckdb")))


def _apply(dbt: Dbt, change: Change) -> Mapping[str, Any]:
    (rows, names) = _select(dbt.warehouse, change.pick)
    assert len(rows) == 1, f"the small shop has no such row: {change.pick}"
    picked = dict(zip(names, rows[0], strict=True))
    now = f"timestamp '{change.at:%Y-%m-%d %H:%M:%S}'"
    dbt.execute(*(statement.format(**picked, now=now) for statement in change.statements))
    return picked


def _select(warehouse: Path, sql: str) -> tuple[list[Row], list[str]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        result = connection.execute(sql)
        return result.fetchall(), [name for name, *_ in result.description or ()]
