"""Five days of a shop, in two incremental runs: Spark has the same rows as DuckDB.

Until the last day only models that depend on earlier days are built; all others are rebuilt from
them.

PostgreSQL has its days in `increments/test_month.py`. Besides new orders, touches and refunds, the
days have late orders, status changes, corrections, new prices, moved customers and deletes (see
`history`).
"""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from typing import Final

import pytest

from conftest import NO_TESTS, WITH_A_MEMORY, Dbt
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.engines.spark.session import stop
from ecommerce_analytics.generate import ShopSpec, generate_shop
from ecommerce_analytics.parity import RUN_CLOCKS, built_nodes, compare
from engines.history import DAYS, LOADS, History, write_history
from parses import handed_on
from spark.kept import DbtOnSpark

_SHOP: Final = ShopSpec(customers=500, orders=3_000)
# A build takes Spark a minute: two incremental runs, the first of which catches up on three days.
_BUILT: Final = 2
_DONE_BEFORE_THE_KILL: Final = 30


@pytest.fixture(scope="module", autouse=True)
def _same_people() -> Iterator[None]:
    """Use the same person key for both warehouses, because the history is not a generated shop."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECOM_PERSON_KEY", "the key of five days on two engines")
        yield


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """A shop and its last five days."""
    directory = tmp_path_factory.mktemp("history")
    generate_shop(_SHOP, directory / "shop")
    return write_history(directory / "shop", directory / "days")


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> DuckDBEngine:
    """The warehouse of `lived` as it was before the last day."""
    return DuckDBEngine(tmp_path_factory.mktemp("behind") / "warehouse.duckdb", target="behind")


@pytest.fixture(scope="module")
def lived(history: History, behind: DuckDBEngine, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """The five days on DuckDB."""
    dbt = Dbt(tmp_path_factory.mktemp("days_on_duckdb"))
    _live_on(dbt, history)
    shutil.copy(dbt.warehouse, behind.warehouse)
    _live_the_last_day(dbt, history)
    return dbt


@pytest.fixture(scope="module")
def lived_on_spark(history: History, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    """The five days on Spark; the last day's build is killed half-way and run again."""
    dbt = DbtOnSpark(tmp_path_factory.mktemp("days_on_spark"))
    _live_on(dbt, history)
    _live_the_last_day(dbt, history, kill=True)
    yield dbt
    stop()


def test_every_relation_has_the_same_rows(lived: Dbt, lived_on_spark: Dbt) -> None:
    """Models, snapshots and seeds are equal, including `loaded_at`, but not run times."""
    nodes = built_nodes(handed_on(lived.engine))
    comparisons = list(compare(nodes, [lived.engine, lived_on_spark.engine], ignored=RUN_CLOCKS))
    differing = [
        f"{found.node.relation}: {' / '.join(found.differences)}"
        for found in comparisons
        if found.differences
    ]
    assert not differing, "\n".join(differing)


def test_the_days_left_their_traces(lived: Dbt) -> None:
    """Rows were added, replaced and deleted, or the comparison would prove nothing."""
    with_history = {
        "customer_snapshot": "customer_id",
        "product_snapshot": "product_id",
        "order_status_snapshot": "order_id",
    }
    for snapshot, key in with_history.items():
        ((versions, rows),) = lived.query(
            f"select count(*), count(distinct {key}) from snapshots.{snapshot}"  # noqa: S608
        )
        assert versions > rows, snapshot
    deleted = "select count(*) from snapshots.{} where cast(dbt_is_deleted as boolean)"
    assert lived.query(deleted.format("customer_snapshot")) > [(0,)]
    late = "select count(*) from marts.fact_orders where loaded_at > ordered_at + interval 8 day"
    assert lived.query(late + f" and loaded_at >= timestamp '{LOADS[1]:%Y-%m-%d}'") > [(0,)]


def test_another_day_is_noticed(lived: Dbt, behind: DuckDBEngine) -> None:
    """A warehouse without the last day differs."""
    (orders,) = [
        n for n in built_nodes(handed_on(lived.engine)) if n.relation.name == "fact_orders"
    ]
    (found,) = compare([orders], [lived.engine, behind])
    assert found.differences


def _live_on(dbt: Dbt, history: History) -> None:
    """Load and build the base; then apply all batches except the last, with an incremental run."""
    dbt.load(history.base, LOADS[0])
    _build(dbt, *WITH_A_MEMORY)
    for day in range(DAYS - 1):
        dbt.apply(history.batches[day], LOADS[day + 1])
        if day == _BUILT:
            _build(dbt, *WITH_A_MEMORY)


def _live_the_last_day(dbt: Dbt, history: History, *, kill: bool = False) -> None:
    """Apply the last batch and build; the build may be killed half-way and run again."""
    dbt.apply(history.batches[-1], LOADS[-1])
    if kill:
        _kill(dbt.start("build", *NO_TESTS))
    _build(dbt)


def _build(dbt: Dbt, *arguments: str) -> None:
    dbt.succeed("build", *NO_TESTS, *arguments)


def _kill(build: subprocess.Popen[str]) -> None:
    """Kill a build after some of its models."""
    assert build.stdout
    done = 0
    for line in build.stdout:
        done += '"LogModelResult"' in line
        if done == _DONE_BEFORE_THE_KILL:
            break
    assert build.poll() is None, f"the build was over after {done} models"
    build.kill()
    build.communicate()
    assert build.returncode == -signal.SIGKILL
