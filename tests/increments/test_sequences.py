"""Random sequences of changes: after each, the incremental models equal a rebuild.

Hypothesis draws the changes of the raw tables between runs, and shrinks a failing sequence to the
changes that matter. `pytest tests/increments/test_sequences.py --hypothesis-profile=hunt` draws new
and longer ones, for as long as it takes.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Final

import duckdb
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from conftest import WITH_A_MEMORY, Dbt
from differences import Table, differences, followed
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.generate import ShopSpec, generate_shop

from .forks import Forks

_SHOP: Final = ShopSpec(customers=60, orders=150)
_FIRST_LOAD: Final = datetime(2026, 1, 1, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Kind:
    """A kind of change of the raw tables.

    Attributes:
        table: The table from which one row is picked.
        key: The column that identifies the row.
        statements: The SQL, with `{key}` for its key, `{other}` for the key of a customer,
            `{n}` for a number from 0 to 400 and `{now}` for the time of the load.
    """

    table: str
    key: str
    statements: Sequence[str]


def _update(table: str, key: str, assignments: str) -> Kind:
    statement = f"update raw_data.{table} set {assignments}, loaded_at = {{now}} "  # noqa: S608
    return Kind(table, key, (statement + f"where {key} = {{key}}",))


def _delete(table: str, key: str, *also_from: str, where: str = "") -> Kind:
    statements = (
        f"delete from raw_data.{name} where {key} = {{key}} {where}"  # noqa: S608
        for name in (*also_from, table)
    )
    return Kind(table, key, tuple(statements))


def _again(table: str, key: str, replaced: str = "") -> str:
    new = f"(select max({key}) + 1 from raw_data.{table}) as {key}"  # noqa: S608
    return (
        f"insert into raw_data.{table} select * replace ({new}, {replaced} {{now}} as loaded_at) "  # noqa: S608
        f"from raw_data.{table} where {key} = {{key}}"
    )


_STATUSES: Final = "['pending', 'processing', 'shipped', 'delivered', 'cancelled', 'returned']"
_CHANNELS: Final = "['email', 'social', 'search', 'display', 'affiliate', 'direct']"
_LATEST: Final = "(select max(order_id) from raw_data.orders)"

_KINDS: Final[Mapping[str, Kind]] = {
    "an order is loaded again": _update("orders", "order_id", "updated_at = updated_at"),
    "an order's status": _update(
        "orders", "order_id", f"order_status = ({_STATUSES})[{{n}} % 6 + 1]"
    ),
    "an order's time": _update(
        "orders",
        "order_id",
        "ordered_at = ordered_at - to_days({n}), shipped_at = null, "
        "delivered_at = null, cancelled_at = null",
    ),
    "an order's account": _update("orders", "order_id", "customer_id = {other}"),
    "an order becomes a guest's": _update("orders", "order_id", "customer_id = null"),
    "an order's address": _update(
        "orders",
        "order_id",
        "customer_id = null, "
        "email = (select email from raw_data.customers where customer_id = {other})",
    ),
    "an order is a test": _update("orders", "order_id", "is_test = not is_test"),
    "an order's shipping": _update(
        "orders", "order_id", "shipping_total = {n}, order_total = order_total + {n}"
    ),
    "another order": Kind("orders", "order_id", (_again("orders", "order_id"),)),
    "another order with its lines": Kind(
        "orders",
        "order_id",
        (
            _again("orders", "order_id", "ordered_at - to_days({n}) as ordered_at,"),
            "insert into raw_data.order_items select * replace ("  # noqa: S608
            "(select max(order_item_id) from raw_data.order_items) + line_number "
            f"as order_item_id, {_LATEST} as order_id, {{now}} as loaded_at) "
            "from raw_data.order_items where order_id = {key}",
        ),
    ),
    "an order goes with its rows": _delete("orders", "order_id", "refunds", "order_items"),
    "an order goes before its rows": _delete("orders", "order_id"),
    "a line's quantity": _update(
        "order_items",
        "order_item_id",
        "quantity = {n} % 7 + 1, line_total = ({n} % 7 + 1) * unit_price - discount",
    ),
    "a line's product": _update(
        "order_items",
        "order_item_id",
        "product_id = (select min(product_id) + {n} % 50 from raw_data.products)",
    ),
    "a line's cost": _update(
        "order_items", "order_item_id", "unit_cost = case when {n} % 2 = 1 then {n} end"
    ),
    "a line moves": _update("order_items", "order_item_id", f"order_id = {_LATEST}"),
    "another line": Kind(
        "order_items",
        "order_item_id",
        (_again("order_items", "order_item_id", "line_number + 100 as line_number,"),),
    ),
    "a line goes": _delete("order_items", "order_item_id"),
    "a line is refunded": Kind(
        "order_items",
        "order_item_id",
        (
            "insert into raw_data.refunds by name select "
            "(select coalesce(max(refund_id), 0) from raw_data.refunds) + 1 as refund_id, "
            "order_id, order_item_id, 1 as quantity, {n} / 100 as goods_amount, "
            "0 as tax_amount, 0 as shipping_amount, timestamp '2026-01-01' - to_days({n}) "
            "as refunded_at, {now} as loaded_at "
            "from raw_data.order_items where order_item_id = {key}",
        ),
    ),
    "an order is refunded": Kind(
        "orders",
        "order_id",
        (
            "insert into raw_data.refunds by name select "
            "(select coalesce(max(refund_id), 0) from raw_data.refunds) + 1 as refund_id, "
            "order_id, null as order_item_id, 1 as quantity, {n} / 100 as goods_amount, "
            "0.01 as tax_amount, 0.02 as shipping_amount, timestamp '2026-01-01' - to_days({n}) "
            "as refunded_at, {now} as loaded_at from raw_data.orders where order_id = {key}",
        ),
    ),
    "a refund's amount": _update("refunds", "refund_id", "goods_amount = {n} / 100"),
    "a refund's order": _update("refunds", "refund_id", f"order_id = {_LATEST}"),
    "a refund loses its order": _update(
        "refunds", "refund_id", "order_id = null, order_item_id = null"
    ),
    "a refund of an order that never came": _update("refunds", "refund_id", "order_id = 99999999"),
    "a refund at an impossible time": _update(
        "refunds", "refund_id", "refunded_at = timestamp '2099-01-01'"
    ),
    "a line is a return": _update(
        "order_items", "order_item_id", "quantity = -1, discount = 0, line_total = -unit_price"
    ),
    "a line of no product": _update("order_items", "order_item_id", "product_id = null"),
    "a line's type": _update(
        "order_items", "order_item_id", "line_type = (['fee', 'tip', 'product'])[{n} % 3 + 1]"
    ),
    "an order's own status": _update("orders", "order_id", "order_status = 'on its way'"),
    "an order at an impossible time": _update(
        "orders", "order_id", "ordered_at = timestamp '1970-01-01'"
    ),
    "an order's prices include tax": _update(
        "orders", "order_id", "prices_include_tax = not coalesce(prices_include_tax, false)"
    ),
    "an order's money without lines": Kind(
        "orders", "order_id", ("delete from raw_data.order_items where order_id = {key}",)
    ),
    "a refund goes": _delete("refunds", "refund_id"),
    "a product's price": _update(
        "products", "product_id", "list_price = list_price + {n}, updated_at = {now}"
    ),
    "a product's category": _update(
        "products", "product_id", "category = 'Category ' || {n} % 3, updated_at = {now}"
    ),
    "an unsold product goes": _delete(
        "products",
        "product_id",
        "inventory_levels",
        where="and product_id not in (select product_id from raw_data.order_items)",
    ),
    "a customer's address": _update(
        "customers",
        "customer_id",
        "email = (select email from raw_data.orders order by order_id limit 1 offset {n} % 50)",
    ),
    "a customer's segment": _update(
        "customers", "customer_id", "segment = 'vip', updated_at = {now}"
    ),
    "a customer signed up": _update(
        "customers", "customer_id", "signed_up_at = signed_up_at - to_days({n})"
    ),
    "a customer is a test": _update("customers", "customer_id", "is_test = not is_test"),
    "a customer goes": _delete("customers", "customer_id"),
    "a touch's channel": _update(
        "marketing_touchpoints",
        "touchpoint_id",
        f"channel = ({_CHANNELS})[{{n}} % 6 + 1], campaign_id = null",
    ),
    "a touch's person": _update("marketing_touchpoints", "touchpoint_id", "customer_id = {other}"),
    "a touch's time": _update(
        "marketing_touchpoints", "touchpoint_id", "touched_at = touched_at - to_days({n})"
    ),
    "another touch": Kind(
        "marketing_touchpoints",
        "touchpoint_id",
        (
            _again(
                "marketing_touchpoints", "touchpoint_id", "touched_at - to_days({n}) as touched_at,"
            ),
        ),
    ),
    "a touch goes": _delete("marketing_touchpoints", "touchpoint_id"),
    "a campaign's channel": _update(
        "campaigns", "campaign_id", f"channel = ({_CHANNELS})[{{n}} % 6 + 1], updated_at = {{now}}"
    ),
}


@dataclass(frozen=True)
class Change:
    """One change: its kind, the row that is picked, and a magnitude."""

    kind: str
    row: int
    n: int
    other: int


_CHANGES: Final = st.builds(
    Change,
    kind=st.sampled_from(sorted(_KINDS)),
    row=st.integers(0, 400),
    n=st.integers(0, 400),
    other=st.integers(0, 400),
)
# The changes before the first run, the second, and so on.
_SEQUENCES: Final = st.lists(st.lists(_CHANGES, min_size=1, max_size=8), min_size=1, max_size=3)


@dataclass(frozen=True)
class Start:
    """A built warehouse to start from, and the project in a process that has parsed it."""

    directory: Path
    forks: Forks
    tables: Sequence[Table]
    numbers: Iterator[int]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Start:
    """A tiny shop, built."""
    directory = tmp_path_factory.mktemp("sequences")
    generate_shop(_SHOP, directory / "shop")
    dbt = Dbt(directory)
    dbt.load(directory / "shop", loaded_at=_FIRST_LOAD)
    forks = Forks(dbt.engine, directory)
    forks.build(dbt.engine, *WITH_A_MEMORY)
    with duckdb.connect(str(dbt.warehouse), read_only=True) as warehouse:
        built = {
            name
            for (name,) in warehouse.execute("select table_name from duckdb_tables()").fetchall()
        }
    tables = [table for table in followed(forks.manifest) if table.name in built]
    assert {"fact_orders", "fact_order_items", "fact_marketing_touchpoints"} <= {
        t.name for t in tables
    }
    return Start(directory, forks, tables, count())


@given(sequence=_SEQUENCES)
def test_any_sequence_equals_a_rebuild(start: Start, sequence: list[list[Change]]) -> None:
    """The inputs of incremental models, and the models themselves, equal a rebuild row by row."""
    lived = _copy(
        start.directory / "warehouse.duckdb", start.directory / f"lived{next(start.numbers)}"
    )
    for run, changes in enumerate(sequence, start=1):
        _apply(lived, changes, _FIRST_LOAD + timedelta(days=run))
        start.forks.build(DuckDBEngine(lived), *WITH_A_MEMORY)
    rebuilt = _copy(lived, lived.with_name("rebuilt").parent / "rebuilt")
    start.forks.build(DuckDBEngine(rebuilt), "--full-refresh", *WITH_A_MEMORY)
    found = differences(lived, rebuilt, start.tables)
    shutil.rmtree(lived.parent)
    assert not found, "\n".join(found)


def _copy(warehouse: Path, directory: Path) -> Path:
    # A parsed project is tied to the database's name, which is the file's.
    directory.mkdir()
    return Path(shutil.copy(warehouse, directory))


def _apply(warehouse: Path, changes: Sequence[Change], day: datetime) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        for number, change in enumerate(changes):
            kind = _KINDS[change.kind]
            now = f"timestamp '{day + timedelta(minutes=number):%Y-%m-%d %H:%M:%S}'"
            key = _pick(connection, kind.table, kind.key, change.row)
            other = _pick(connection, "customers", "customer_id", change.other)
            if key is None:
                continue
            for statement in kind.statements:
                sql = statement.format(key=key, other=other or "null", n=change.n, now=now)
                note(sql)
                connection.execute(sql)


def _pick(connection: duckdb.DuckDBPyConnection, table: str, key: str, row: int) -> int | None:
    keys = connection.execute(f"select {key} from raw_data.{table} order by all").fetchall()  # noqa: S608
    return int(keys[row % len(keys)][0]) if keys else None
