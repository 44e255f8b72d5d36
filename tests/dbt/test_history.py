"""Snapshots handle any source times: each version starts once and ends later."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import pytest

from conftest import Dbt
from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.engines.postgres.engine import PostgresEngine
from ecommerce_analytics.engines.postgres.settings import LOADER, TRANSFORMER
from ecommerce_analytics.engines.spark.session import stop
from ecommerce_analytics.generate import ShopSpec, generate_shop
from postgres.servers import a_server
from spark.kept import DbtOnSpark

Execute = Callable[[str], object]
Time = datetime | None

_SHOP: Final = ShopSpec(customers=30, orders=50)
_FOREVER: Final = datetime(9999, 12, 31)  # noqa: DTZ001 (the warehouse's times are naive UTC)
_BEGIN: Final = datetime(2026, 3, 1, 6)  # noqa: DTZ001
_MICROSECOND: Final = timedelta(microseconds=1)
_KEYS: Final = 60
# One load per day, except two in one second and one with a clock set back: loaders stamp both a
# microsecond after the previous load.
_LOADS: Final = tuple(
    _BEGIN + after
    for after in (
        timedelta(0),
        timedelta(days=1),
        timedelta(days=1, microseconds=1),
        timedelta(days=2),
        timedelta(days=2, microseconds=1),
        timedelta(days=3),
        timedelta(days=4),
    )
)


@dataclass(frozen=True)
class History:
    """A snapshot, its raw table, and a column whose change creates a version."""

    snapshot: str
    table: str
    key: str
    column: str
    values: Sequence[str]
    constants: Mapping[str, str]

    def insert(self, key: int, value: str, updated_at: Time, loaded_at: datetime) -> str:
        """The values of a raw row."""
        given = {
            self.key: str(key),
            self.column: f"'{value}'",
            **self.constants,
            "updated_at": "null" if updated_at is None else _sql(updated_at),
            "loaded_at": _sql(loaded_at),
        }
        columns = load_contract().table(self.table).columns
        return f"({', '.join(given.get(column.name, 'null') for column in columns)})"


_SINCE: Final = "timestamp '2026-01-01 00:00:00'"
_HISTORIES: Final = (
    History(
        "customer_snapshot",
        "customers",
        "customer_id",
        "city",
        ("Paris", "Rome", "Oslo"),
        {"accepts_marketing": "true", "is_test": "false", "signed_up_at": _SINCE},
    ),
    History(
        "product_snapshot",
        "products",
        "product_id",
        "category",
        ("Tea", "Cups", "Pots"),
        {
            "product_name": "'a'",
            "sku": "'b'",
            "list_price": "1.00",
            "is_active": "true",
            "created_at": _SINCE,
        },
    ),
    History(
        "order_status_snapshot",
        "orders",
        "order_id",
        "order_status",
        ("pending", "processing", "shipped"),
        {
            "ordered_at": _SINCE,
            "subtotal": "0.00",
            "discount_total": "0.00",
            "shipping_total": "0.00",
            "tax_total": "0.00",
            "order_total": "0.00",
            "currency": "'USD'",
            "is_test": "false",
        },
    ),
)


@dataclass(frozen=True)
class Seen:
    """A load's value for a key; no value if the key is missing."""

    value: str | None
    updated_at: Time


@dataclass(frozen=True)
class Version:
    """A row of a snapshot."""

    value: str | None
    start: datetime
    end: datetime
    is_deleted: bool


@dataclass(frozen=True)
class Warehouse:
    """The project on an engine, with access to the raw tables and the built ones."""

    dbt: Dbt
    change_raw: Execute
    change_built: Execute


@pytest.fixture(scope="module", params=["duckdb", "postgres", "spark"])
def warehouse(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """A tiny shop, loaded."""
    directory = tmp_path_factory.mktemp(f"history_on_{request.param}")
    generate_shop(_SHOP, directory / "shop")
    if request.param == "duckdb":
        dbt = Dbt(directory)
        dbt.load(directory / "shop")
        yield Warehouse(dbt, dbt.execute, dbt.execute)
    elif request.param == "postgres":
        with a_server() as server:
            server.start()
            dbt = Dbt(directory, engine=PostgresEngine(server.settings))
            dbt.load(directory / "shop")
            yield Warehouse(
                dbt,
                lambda sql: server.query(LOADER, sql),
                lambda sql: server.query(TRANSFORMER, sql),
            )
    else:
        dbt = DbtOnSpark(directory)
        dbt.load(directory / "shop")
        yield Warehouse(dbt, dbt.query, dbt.query)
        stop()


@pytest.fixture(scope="module")
def lives() -> Mapping[str, Sequence[Mapping[int, Seen]]]:
    """The values of each key of each table in each load, drawn at random."""
    draw = random.Random(20)  # noqa: S311
    return {h.snapshot: list(_draw(h, draw)) for h in _HISTORIES}


def _draw(history: History, draw: random.Random) -> Iterator[Mapping[int, Seen]]:
    before: dict[int, Seen] = {}
    for load in _LOADS:
        now = {}
        for key in range(1, _KEYS + 1):
            last = before.get(key, Seen(None, None)).updated_at
            times = (
                None,
                last,
                (last or load) - timedelta(days=10),
                load - timedelta(hours=1),
                load + timedelta(hours=1),
                datetime(2099, 1, 1),  # noqa: DTZ001
            )
            value = draw.choice((*history.values, None))
            now[key] = Seen(value, draw.choice(times))
        yield now
        before = now


@pytest.fixture(scope="module")
def built(warehouse: Warehouse, lives: Mapping[str, Sequence[Mapping[int, Seen]]]) -> Dbt:
    """All loads, each built with the snapshots' own tests."""
    dbt, execute = warehouse.dbt, warehouse.change_raw
    if dbt.engine.target != "duckdb":
        for history in _HISTORIES:
            execute(f"alter table raw_data.{history.table} alter column updated_at drop not null")
    # The other tables were loaded first.
    for table in ("order_items", "campaigns"):
        execute(f"update raw_data.{table} set loaded_at = {_sql(_BEGIN)}")  # noqa: S608
    for number, load in enumerate(_LOADS):
        for history in _HISTORIES:
            rows = ", ".join(
                history.insert(key, seen.value, seen.updated_at, load)
                for key, seen in lives[history.snapshot][number].items()
                if seen.value
            )
            execute(f"delete from raw_data.{history.table}")  # noqa: S608
            execute(f"insert into raw_data.{history.table} values {rows}")  # noqa: S608
        if not number:
            dbt.succeed("run", "--select", "+resource_type:snapshot")
        dbt.succeed("snapshot")
    dbt.succeed("test", "--select", "resource_type:snapshot")
    return dbt


@pytest.mark.parametrize("history", _HISTORIES, ids=lambda history: history.snapshot)
def test_any_times_make_a_sound_history(
    built: Dbt, lives: Mapping[str, Sequence[Mapping[int, Seen]]], history: History
) -> None:
    """Every change, absence and return has its version, which starts by the rule."""
    found = versions(built, history)
    is_closed = history.snapshot == "order_status_snapshot"
    for key in range(1, _KEYS + 1):
        seen = [life[key] for life in lives[history.snapshot]]
        mine = found.get(key, [])
        for earlier, later in pairwise(mine):
            assert earlier.start < earlier.end <= later.start
            assert is_closed or earlier.end == later.start
        expected = list(_expected(seen))
        if is_closed:
            expected = [(value, load) for value, load in expected if value is not None]
        kept = [(None if v.is_deleted else v.value) for v in mine]
        assert kept == [value for value, _ in expected], key
        assert (mine[-1].end == _FOREVER) == (seen[-1].value is not None or not is_closed)
        previous = datetime.min  # noqa: DTZ901
        for version, (value, number) in zip(mine, expected, strict=True):
            load, stamp = _LOADS[number], seen[number].updated_at
            if value is None:
                assert version.start >= load
                assert version.start <= load or version.start > previous
            elif stamp and previous < stamp <= load:
                assert version.start == stamp
            else:
                assert version.start == max(load, previous + _MICROSECOND)
            was_missing = is_closed and _is_missing_after(seen, number)
            previous = version.end if was_missing else version.start


def _expected(seen: Sequence[Seen]) -> Iterator[tuple[str | None, int]]:
    """Each value that creates a version, or None for a deletion, with the load that brought it."""
    current: str | None = None
    is_there, was_there = False, False
    for number, state in enumerate(seen):
        if state.value is None:
            if is_there:
                yield None, number
            is_there = False
        else:
            if not is_there or state.value != current:
                yield state.value, number
            is_there, was_there, current = True, True, state.value
    assert was_there


def test_absence_is_erasure_only_where_a_var_says_so(built: Dbt) -> None:
    """The names of a missing account are kept, unless a var sets the days until erasure."""
    customers = _HISTORIES[0]
    before = versions(built, customers)
    built.succeed(
        "snapshot", "--select", customers.snapshot, "--vars", "{erase_after_absent_days: 1}"
    )
    after = versions(built, customers)
    long_gone = _LOADS[-1] - timedelta(days=1)
    for key, mine in before.items():
        assert all(version.value for version in mine)
        is_erased = mine[-1].is_deleted and mine[-1].start <= long_gone
        assert {bool(version.value) for version in after[key]} == {not is_erased}


_REPAIR: Final = "dbt run-operation repair_snapshots"
# Damage left by a release before this strategy: a duplicate version, versions that start together,
# a deletion that ends before it begins.
_DAMAGE: Final = (
    "insert into {table} select * from {table} where {key} = 1 and dbt_valid_from = (select "
    "max(dbt_valid_from) from {table} where {key} = 1)",
    "update {table} set dbt_valid_from = timestamp '2026-03-01 06:00:00' where {key} in (2, 3)",
    "update {table} set dbt_valid_to = timestamp '2026-01-01 00:00:00' where {key} in (4, 5) "
    "and dbt_valid_to < timestamp '9999-01-01 00:00:00'",
)


def test_damaged_snapshots_are_repaired_by_one_command(built: Dbt, warehouse: Warehouse) -> None:
    """The failing tests name the repair command, which leaves valid histories unchanged."""
    before = {h.snapshot: versions(built, h) for h in _HISTORIES}
    for history in _HISTORIES:
        for statement in _DAMAGE:
            table = f"snapshots.{history.snapshot}"
            warehouse.change_built(statement.format(table=table, key=history.key))
    failed = built.run("test", "--select", "resource_type:snapshot")
    assert failed.exit_code == 1
    assert [message for message in failed.errors if _REPAIR in message], failed.errors
    _, command, macro = _REPAIR.split()
    told = built.succeed(command, macro)
    assert sum("keys repaired" in str(e["info"]["msg"]) for e in told.events) == len(_HISTORIES)
    built.succeed("test", "--select", "resource_type:snapshot")
    for history in _HISTORIES:
        after = versions(built, history)
        for key, mine in after.items():
            assert all(v.start < v.end for v in mine), (history.snapshot, key)
            assert all(a.end <= b.start for a, b in pairwise(mine)), (history.snapshot, key)
            if key > 5:
                assert mine == before[history.snapshot][key]
        if history.snapshot != "order_status_snapshot":
            # These only started together: each version is still there, in its order.
            for key in (2, 3):
                assert [(v.value, v.is_deleted) for v in after[key]] == [
                    (v.value, v.is_deleted) for v in before[history.snapshot][key]
                ]
    built.succeed("snapshot")
    built.succeed("test", "--select", "resource_type:snapshot")


def _is_missing_after(seen: Sequence[Seen], number: int) -> bool:
    """Whether the value of a load ends with the key missing, not with another value."""
    later = (state.value for state in seen[number:] if state.value != seen[number].value)
    return next(later, "never") is None


def versions(dbt: Dbt, history: History) -> dict[int, list[Version]]:
    """The snapshot's versions by key, in their order."""
    is_closed = history.snapshot == "order_status_snapshot"
    deleted = "'False'" if is_closed else "dbt_is_deleted"
    found: dict[int, list[Version]] = {}
    for key, value, start, end, is_deleted in dbt.query(
        f"select {history.key}, {history.column}, dbt_valid_from, dbt_valid_to, {deleted} "  # noqa: S608
        f"from snapshots.{history.snapshot} order by 1, 3"
    ):
        found.setdefault(key, []).append(Version(value, start, end, is_deleted == "True"))
    return found


def _sql(moment: datetime) -> str:
    return f"timestamp '{moment:%Y-%m-%d %H:%M:%S.%f}'"
