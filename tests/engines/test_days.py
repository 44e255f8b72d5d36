"""Five days of a shop, in two increments: every engine ends with the same rows.

Beside new orders, touches and refunds the days bring late orders, status changes, corrections, new
prices, moved customers and deletes (see `history`).
"""

import signal
import subprocess
from collections.abc import Iterator
from typing import Final

import pytest

from conftest import Dbt
from ecommerce_analytics.engines.duckdb import DuckDBEngine
from ecommerce_analytics.engines.postgres import PostgresEngine
from ecommerce_analytics.engines.spark import SparkEngine
from ecommerce_analytics.generate import ShopSpec, generate_shop
from ecommerce_analytics.parity import RUN_CLOCKS, built_nodes, compare
from engines.history import DAYS, LOADS, History, write_history
from parses import handed_on
from postgres.servers import TestServer, a_server

_SHOP: Final = ShopSpec(customers=500, orders=3_000)
# A build takes Spark a minute: two increments, the first of which catches up on three days.
_BUILT: Final = (2, 4)
_DONE_BEFORE_THE_KILL: Final = 30
_NO_TESTS: Final = ("--exclude-resource-type", "test", "unit_test")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """A shop and its last five days."""
    directory = tmp_path_factory.mktemp("history")
    generate_shop(_SHOP, directory / "shop")
    return write_history(directory / "shop", directory / "days")


@pytest.fixture(scope="module")
def lived(history: History, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """The five days on DuckDB."""
    return _live(Dbt(tmp_path_factory.mktemp("days_on_duckdb")), history)


@pytest.fixture(scope="module")
def server() -> Iterator[TestServer]:
    """A PostgreSQL server for this shop."""
    with a_server() as made:
        made.start()
        yield made


@pytest.fixture(scope="module")
def on_postgres(server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """The project on PostgreSQL."""
    engine = PostgresEngine(server.settings)
    return Dbt(tmp_path_factory.mktemp("days_on_postgres"), engine=engine)


@pytest.fixture(scope="module")
def on_spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    """The project on Spark."""
    directory = tmp_path_factory.mktemp("days_on_spark")
    engine = SparkEngine(directory / "spark")
    yield Dbt(directory, engine=engine)
    engine.release()


@pytest.fixture(scope="module", params=["postgres", "spark"])
def lived_elsewhere(request: pytest.FixtureRequest, history: History) -> Dbt:
    """The five days on each engine but DuckDB."""
    dbt: Dbt = request.getfixturevalue(f"on_{request.param}")
    return _live(dbt, history, kill=request.param == "spark")


def test_every_relation_has_the_same_rows(lived: Dbt, lived_elsewhere: Dbt) -> None:
    """Models, snapshots and seeds, `loaded_at` included; not the times of the runs."""
    nodes = built_nodes(handed_on(lived.engine))
    comparisons = list(compare(nodes, [lived.engine, lived_elsewhere.engine], ignored=RUN_CLOCKS))
    differing = [
        f"{found.node.relation}: {' / '.join(found.differences)}"
        for found in comparisons
        if found.differences
    ]
    assert not differing, "\n".join(differing)


def test_the_days_left_their_traces(lived: Dbt) -> None:
    """The comparison would otherwise prove nothing: rows were added, replaced and deleted."""
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


def test_another_day_is_noticed(
    lived: Dbt, history: History, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A warehouse that missed the last day is not the same."""
    behind = Dbt(tmp_path_factory.mktemp("a_day_behind"))
    behind.load(history.base, LOADS[0])
    behind.succeed("build", *_NO_TESTS, "--select", "+fact_orders")
    (orders,) = [
        n for n in built_nodes(handed_on(lived.engine)) if n.relation.name == "fact_orders"
    ]
    other = DuckDBEngine(behind.warehouse, target="behind")
    (found,) = compare([orders], [lived.engine, other])
    assert found.differences


def _live(dbt: Dbt, history: History, *, kill: bool = False) -> Dbt:
    """Load the base and build it; then the days' batches, with an increment where one is due.

    Where it is asked for, the last build is killed half-way, and run again.
    """
    dbt.load(history.base, LOADS[0])
    dbt.succeed("build", "--warn-error", *_NO_TESTS)
    for day in range(DAYS):
        dbt.apply(history.batches[day], LOADS[day + 1])
        if day == _BUILT[-1] and kill:
            _kill(dbt.start("build", *_NO_TESTS))
        if day in _BUILT:
            dbt.succeed("build", "--warn-error", *_NO_TESTS)
    return dbt


def _kill(build: subprocess.Popen[str]) -> None:
    """Kill a build when it has done some of its models."""
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
