"""A month of a shop's life, an increment a day: each day as if everything were built anew.

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
from ecommerce_analytics.engines.duckdb import DuckDBEngine
from ecommerce_analytics.engines.postgres import PostgresEngine
from ecommerce_analytics.parity import RUN_CLOCKS, built_nodes, compare
from living.lives import month_of_life
from once import once
from parses import handed_on
from postgres.servers import a_server

from .forks import Forks, Killed

# The shop is loaded on this morning, and each day on the one after it.
_FIRST_LOAD: Final = datetime(2026, 1, 1, 6, tzinfo=UTC)
# No build follows these days: the next one catches up on both.
_SKIPPED: Final = frozenset({11, 23})
# These days are built twice.
_TWICE: Final = frozenset({7, 19})
# These days' builds are left in peace. The others are killed, each day later in the build.
_PEACEFUL: Final = frozenset({1, 2, 7, 12, 19, 24})
# Of the 160 beginnings and ends of nodes that a build has.
_LATER: Final = 5
# PostgreSQL lives fewer days, and is killed more often on each: from early to late in the build.
_DAYS_ON_POSTGRES: Final = 6
_KILLS_ON_POSTGRES: Final = 4
_MOMENTS_LATER: Final = 40
# What a rebuild makes anew; snapshots keep what they have seen.
_REBUILT: Final = (
    "--full-refresh",
    "--select",
    "config.materialized:table",
    "config.materialized:incremental",
)


@dataclass(frozen=True)
class _History:
    """What a snapshot tracks: the source table, its key, columns that an erasure leaves alone.

    `is_new` says which rows make a version, with `before` for the row's columns until then.
    """

    table: str
    key: str
    columns: str
    is_new: str = "true"

    @property
    def nulls(self) -> str:
        """As many nulls as there are columns."""
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
    """What became of each day.

    Attributes:
        directory: The warehouse after each day's increment, `day<n>`; rebuilt beside it,
            `rebuilt<n>`; built a second time, `again<n>`.
        shop: The shop's files before the first day.
        batches: The days' changes.
        days: The days that were built.
        killed: The builds that were killed, by day.
        unfinished: How many runs the ledger called running after each kill.
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
    """Thirty days, one after the other; each rebuild runs beside the next day."""
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
        rebuilt = DuckDBEngine(_copy(directory, f"rebuilt{day}"))
        rebuilding = forks.start(rebuilt, *_REBUILT)
    forks.finish(rebuilding)
    yield Month(directory, shop, batches, days, killed, unfinished, forks)
    shutil.rmtree(directory)


def test_each_day_equals_a_rebuild(month: Month) -> None:
    """Table by table, row by row; days that were skipped or killed are caught up on."""
    wrong = [
        f"day {day}, {month.killed.get(day)}: {difference}"
        for day in month.days
        for difference in month.differing(f"day{day}", f"rebuilt{day}")
    ]
    assert not wrong, "\n".join(wrong)


def test_a_day_built_twice_is_the_same(month: Month) -> None:
    """Running again is free to happen."""
    for day in _TWICE:
        assert not month.differing(f"day{day}", f"again{day}")


def test_the_days_differ(month: Month) -> None:
    """The comparisons would otherwise prove nothing."""
    assert len(month.differing("day1", "day2")) > len(followed(month.forks.manifest)) / 2


def test_the_builds_were_killed_at_work(month: Month) -> None:
    """At twenty moments or more, with the ledger knowing of each."""
    _require_killed(month.killed, month.unfinished)


def test_snapshots_hold_each_version_once(month: Month) -> None:
    """Though most of the builds that took them were killed."""
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
    """Each version that was true on the evening of a day that was built, since it became true."""
    assert recorded(month, snapshot) == happened(month, snapshot)


def test_postgres_survives_the_same(month: Month, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Days whose builds are killed four times before they may end, with the rows of DuckDB.

    What they leave to the last day is what remembers none before it.
    Models, snapshots and seeds, `loaded_at` included; not the times of the runs.
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
    """The snapshot's versions: key, tracked columns, since when; and the keys that are gone."""
    history = _HISTORIES[snapshot]
    with duckdb.connect(str(month.warehouse(f"day{month.days[-1]}")), read_only=True) as warehouse:
        return warehouse.execute(
            f"select {history.key}, {history.columns}, dbt_valid_from, false "  # noqa: S608
            f"from snapshots.{snapshot} where dbt_is_deleted = 'False' union all "
            f"select {history.key}, {history.nulls}, null, true "
            f"from snapshots.{snapshot} where dbt_is_deleted = 'True' order by all"
        ).fetchall()


def happened(month: Month, snapshot: str) -> Sequence[tuple[Any, ...]]:
    """The same from the shop's own truth; what was true only between two builds is not seen."""
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
    # A warehouse is called like its file, and the parsed project knows it by that name.
    (directory / name).mkdir()
    for path in directory.glob("warehouse.duckdb*"):
        shutil.copy(path, directory / name)
    return directory / name / "warehouse.duckdb"
