"""A month of a shop's life, one incremental run per day: every third day equals a rebuild.

Most days' builds are killed once, each at another moment, and run again.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from signal import SIGKILL
from typing import Any, Final

import duckdb
import pytest

from conftest import WITH_A_MEMORY, Dbt
from differences import differences, followed
from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.engines.postgres.engine import PostgresEngine
from ecommerce_analytics.parity import RUN_CLOCKS, built_nodes, compare
from living.lives import month_of_life
from once import once
from parses import handed_on
from postgres.servers import a_server

from .forks import Forks, Killed

# The shop is loaded on this morning, and each day on the following one.
_FIRST_LOAD: Final = datetime(2026, 1, 1, 6, tzinfo=UTC)
# These days are not built: the next build catches up on both.
_SKIPPED: Final = frozenset({11, 23})
# Every third day is compared with a rebuild, and the days after those that were not built or were
# built twice: a row that a day left wrong stays wrong.
_COMPARED: Final = frozenset({*range(1, 31, 3), 8, 12, 20, 24, 30})
# These days are built twice.
_TWICE: Final = frozenset({7, 19})
# These days' builds are not killed. The others are, each day later in the build.
_PEACEFUL: Final = frozenset({1, 2, 7, 12, 19, 24})
# A build has 160 node starts and ends.
_LATER: Final = 5
# PostgreSQL has fewer days with more kills each: from early to late in the build.
_DAYS_ON_POSTGRES: Final = 6
_KILLS_ON_POSTGRES: Final = 4
_MOMENTS_LATER: Final = 40
# The models that a rebuild must reproduce; snapshots keep their history.
_REBUILT: Final = (
    "--full-refresh",
    "--select",
    "config.materialized:table",
    "config.materialized:incremental",
)


@dataclass(frozen=True)
class _History:
    """A snapshot: the source table, its key, and the columns that an erasure keeps.

    `is_new` selects the rows that create a version, with `before` as the row's previous columns.
    """

    table: str
    key: str
    columns: str
    is_new: str = "true"

    @property
    def nulls(self) -> str:
        """A SQL null for each column."""
        return ", ".join("null" for _ in self.columns.split(","))


_TRACKED: Final = "category, subcategory, unit_cost, list_price, is_active"
_HISTORIES: Final = {
    "customer_snapshot": _History(
        "customers", "customer_id", "segment, country, accepts_marketing"
    ),
    "product_snapshot": _History(
        "products", "product_id", _TRACKED, f"({_TRACKED}) is distinct from before"
    ),
}


@dataclass(frozen=True)
class Month:
    """The results of the days.

    Attributes:
        directory: The warehouse after each day's incremental run, `day<n>`; a compared day's
            rebuild, `rebuilt<n>`; after a second run, `again<n>`.
        shop: The shop's files before the first day.
        batches: The days' changes.
        days: The days that were built.
        killed: The builds that were killed, by day.
        unfinished: The number of runs logged as running after each kill.
        forks: The project.
    """

    directory: Path
    shop: Path
    batches: Sequence[Path]
    days: Sequence[int]
    killed: Mapping[int, Killed]
    unfinished: Mapping[int, int]
    forks: Forks

    def warehouse(self, name: str) -> Path:
        """The file of one of the warehouses."""
        return self.directory / name / "warehouse.duckdb"

    def differing(self, left: str, right: str) -> list[str]:
        """The tables that differ between two warehouses."""
        here, there = self.warehouse(left), self.warehouse(right)
        return differences(here, there, followed(self.forks.manifest))


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    """Thirty days, one after the other; a rebuild runs in parallel with the next day."""
    directory = tmp_path_factory.mktemp("month")
    shop, batches = once(tmp_path_factory, "living", month_of_life)
    warehouse = DuckDBEngine(directory / "warehouse.duckdb")
    warehouse.load(shop, loaded_at=_FIRST_LOAD)
    forks = Forks(warehouse, directory)
    forks.build(warehouse)
    days, rebuilding = [], 0
    killed, unfinished = {}, {}
    for day, batch in enumerate(batches, start=1):
        warehouse.apply(batch, loaded_at=_loaded_at(day))
        if day in _SKIPPED:
            continue
        days.append(day)
        if day not in _PEACEFUL:
            killed[day] = forks.kill(warehouse, _LATER * day)
            unfinished[day] = _unfinished(warehouse)
        forks.build(warehouse)
        _copy(directory, f"day{day}")
        if day in _TWICE:
            forks.build(warehouse)
            _copy(directory, f"again{day}")
        if rebuilding:
            forks.finish(rebuilding)
            rebuilding = 0
        if day in _COMPARED:
            rebuilt = DuckDBEngine(_copy(directory, f"rebuilt{day}"))
            rebuilding = forks.start(rebuilt, *_REBUILT)
    if rebuilding:
        forks.finish(rebuilding)
    yield Month(directory, shop, batches, days, killed, unfinished, forks)
    shutil.rmtree(directory)


def test_days_equal_rebuilds(month: Month) -> None:
    """A day equals a rebuild, row by row, including after skipped days and kills."""
    wrong = [
        f"day {day}, {month.killed.get(day)}: {difference}"
        for day in month.days
        if day in _COMPARED
        for difference in month.differing(f"day{day}", f"rebuilt{day}")
    ]
    assert not wrong, "\n".join(wrong)


def test_a_day_built_twice_is_the_same(month: Month) -> None:
    """Building a day twice changes nothing."""
    for day in _TWICE:
        assert not month.differing(f"day{day}", f"again{day}")


def test_the_days_differ(month: Month) -> None:
    """The days differ, or the comparisons would prove nothing."""
    assert len(month.differing("day1", "day2")) > len(followed(month.forks.manifest)) / 2


def test_the_builds_were_killed_at_work(month: Month) -> None:
    """Builds were killed at twenty moments or more, each recorded in the run log."""
    _require_killed(month.killed, month.unfinished)


def test_snapshots_hold_each_version_once(month: Month) -> None:
    """Snapshots have each version once, although most of their builds were killed."""
    last = Dbt(month.directory, engine=DuckDBEngine(month.warehouse(f"day{month.days[-1]}")))
    for snapshot, key in {
        "customer_snapshot": "customer_id",
        "product_snapshot": "product_id",
        "order_status_snapshot": "order_id",
    }.items():
        twice = (
            f"select {key}, dbt_valid_from from snapshots.{snapshot} "  # noqa: S608
            "group by all having count(*) > 1"
        )
        assert not last.query(twice), snapshot


@pytest.mark.parametrize("snapshot", _HISTORIES)
def test_snapshots_hold_what_really_happened(month: Month, snapshot: str) -> None:
    """Snapshots have each version that was true at the end of a built day, with its start."""
    assert recorded(month, snapshot) == happened(month, snapshot)


def test_postgres_survives_the_same(month: Month, tmp_path_factory: pytest.TempPathFactory) -> None:
    """PostgreSQL has DuckDB's rows after days whose builds are killed four times each.

    Models without history are built on the last day only. Models, snapshots and seeds are compared,
    including `loaded_at`, but not run times.
    """
    with a_server() as server:
        server.start()
        engine = PostgresEngine(server.settings)
        engine.load(month.shop, loaded_at=_FIRST_LOAD)
        forks = Forks(engine, tmp_path_factory.mktemp("month_on_postgres"))
        forks.build(engine, *WITH_A_MEMORY)
        killed, unfinished = {}, {}
        for day, batch in enumerate(month.batches[:_DAYS_ON_POSTGRES], start=1):
            engine.apply(batch, loaded_at=_loaded_at(day))
            for moment in (_LATER * day + _MOMENTS_LATER * n for n in range(_KILLS_ON_POSTGRES)):
                killed[moment] = forks.kill(engine, moment)
                unfinished[moment] = _unfinished(engine)
            forks.build(engine, *(WITH_A_MEMORY if day < _DAYS_ON_POSTGRES else ()))
        _require_killed(killed, unfinished)
        lived = DuckDBEngine(month.warehouse(f"day{_DAYS_ON_POSTGRES}"))
        nodes = [
            n for n in built_nodes(handed_on(lived)) if n.relation.name != "int_orders__changes"
        ]
        differing = [
            f"{found.node.relation}: {' / '.join(found.differences)}"
            for found in compare(nodes, [lived, engine], ignored=RUN_CLOCKS)
            if found.differences
        ]
    assert not differing, "\n".join(differing)


def recorded(month: Month, snapshot: str) -> Sequence[tuple[Any, ...]]:
    """The snapshot's versions (key, tracked columns, start) and the deleted keys."""
    history = _HISTORIES[snapshot]
    with duckdb.connect(str(month.warehouse(f"day{month.days[-1]}")), read_only=True) as warehouse:
        return warehouse.execute(
            f"select {history.key}, {history.columns}, dbt_valid_from, false "  # noqa: S608
            f"from snapshots.{snapshot} where dbt_is_deleted = 'False' union all "
            f"select {history.key}, {history.nulls}, null, true "
            f"from snapshots.{snapshot} where dbt_is_deleted = 'True' order by all"
        ).fetchall()


def happened(month: Month, snapshot: str) -> Sequence[tuple[Any, ...]]:
    """The same from the shop's truth; changes between two builds are invisible."""
    history = _HISTORIES[snapshot]
    key, columns, table = history.key, history.columns, history.table
    files = [(0, month.shop / f"{table}.parquet")] + [
        (day, batch / "truth" / f"{table}.parquet")
        for day, batch in enumerate(month.batches[: month.days[-1]], start=1)
    ]
    told = " union all ".join(
        f"select {min(built for built in (0, *month.days) if built >= day)} as evening, "  # noqa: S608
        f"{key}, {columns}, {'updated_at' if not day else 'became_at'} as since, "
        f"{'false' if not day else 'is_deleted'} as is_gone from '{path}'"
        for day, path in files
    )
    with duckdb.connect() as truth:
        return truth.execute(
            f"""
            with evenings as (
                select * from ({told})
                qualify row_number() over (partition by {key}, evening order by since desc) = 1
            ),
            versions as (
                select *, lag(({columns})) over (partition by {key} order by since) as before
                from evenings
            )
            select {key}, {columns}, since, false from versions
            where not is_gone and (before is null or {history.is_new})
            union all
            select {key}, {history.nulls}, null, true from versions where is_gone
            order by all
            """  # noqa: S608
        ).fetchall()


def _loaded_at(day: int) -> datetime:
    return _FIRST_LOAD + timedelta(days=day)


def _unfinished(engine: Engine) -> int:
    ((runs,),) = engine.rows("select count(*) from audit.runs where status = 'running'")
    return int(runs)


def _require_killed(killed: Mapping[int, Killed], unfinished: Mapping[int, int]) -> None:
    at_work = [k for k, found in killed.items() if found.by == SIGKILL and unfinished[k] == 1]
    assert len(at_work) >= 20, (killed, unfinished)


def _copy(directory: Path, name: str) -> Path:
    # A parsed project is tied to the database's name, which is the file's.
    (directory / name).mkdir()
    for path in directory.glob("warehouse.duckdb*"):
        shutil.copy(path, directory / name)
    return directory / name / "warehouse.duckdb"
