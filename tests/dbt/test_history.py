"""Snapshots survive every time that a source may give: each version starts once and ends later."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import pytest

from conftest import Dbt
from ecommerce_analytics.engines.postgres import PostgresEngine
from ecommerce_analytics.generate import ShopSpec, generate_shop
from ecommerce_analytics.postgres.settings import LOADER
from ecommerce_analytics.spark_session import stop
from postgres.servers import a_server
from spark.kept import DbtOnSpark

Execute = Callable[[str], object]
Time = datetime | None

_SHOP: Final = ShopSpec(customers=30, orders=50)
_FOREVER: Final = datetime(9999, 12, 31)  # noqa: DTZ001 (the warehouse's times are naive UTC)
_BEGIN: Final = datetime(2026, 3, 1, 6)  # noqa: DTZ001
_MICROSECOND: Final = timedelta(microseconds=1)
_KEYS: Final = 60
# A load each day, but two in one second, and one whose machine's clock was set back: loaders stamp
# both a microsecond after the last.
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
    """A snapshot, the raw table behind it, and a column whose change makes a version."""

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
        return f"({', '.join(given[name] for name in self.columns)})"

    @property
    def columns(self) -> Sequence[str]:
        """The columns that `insert` fills."""
        return (self.key, self.column, *self.constants, "updated_at", "loaded_at")


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
    """What a load says of a key; no value where the key is missing."""

    value: str | None
    updated_at: Time


@dataclass(frozen=True)
class Version:
    """A row of a snapshot."""

    value: str
    start: datetime
    end: datetime
    is_deleted: bool


@pytest.fixture(scope="module", params=["duckdb", "postgres", "spark"])
def warehouse(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Dbt, Execute]]:
    """The project on an engine, a tiny shop loaded, with a way to change its raw tables."""
    directory = tmp_path_factory.mktemp(f"history_on_{request.param}")
    generate_shop(_SHOP, directory / "shop")
    if request.param == "duckdb":
        dbt = Dbt(directory)
        dbt.load(directory / "shop")
        yield dbt, dbt.execute
    elif request.param == "postgres":
        with a_server() as server:
            server.start()
            dbt = Dbt(directory, engine=PostgresEngine(server.settings))
            dbt.load(directory / "shop")
            yield dbt, lambda sql: server.query(LOADER, sql)
    else:
        dbt = DbtOnSpark(directory)
        dbt.load(directory / "shop")
        yield dbt, dbt.query
        stop()


@pytest.fixture(scope="module")
def lives() -> Mapping[str, Sequence[Mapping[int, Seen]]]:
    """What each load says of each key of each table, drawn at random."""
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
def built(warehouse: tuple[Dbt, Execute], lives: Mapping[str, Sequence[Mapping[int, Seen]]]) -> Dbt:
    """All loads, each built with the snapshots' own tests."""
    dbt, execute = warehouse
    if dbt.engine.target != "duckdb":
        for history in _HISTORIES:
            execute(f"alter table raw_data.{history.table} alter column updated_at drop not null")
    for number, load in enumerate(_LOADS):
        for history in _HISTORIES:
            rows = ", ".join(
                history.insert(key, seen.value, seen.updated_at, load)
                for key, seen in lives[history.snapshot][number].items()
                if seen.value
            )
            execute(f"delete from raw_data.{history.table}")  # noqa: S608
            execute(
                f"insert into raw_data.{history.table} ({', '.join(history.columns)}) "  # noqa: S608
                f"values {rows}"
            )
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
            previous = version.start


def _expected(seen: Sequence[Seen]) -> Iterator[tuple[str | None, int]]:
    """Each value that makes a version, or None for a deletion, and the load that brought it."""
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
