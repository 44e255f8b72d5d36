"""The project on every engine; the other engines are compared with DuckDB."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import Dbt, DbtResult
from ecommerce_analytics.engines.postgres.engine import PostgresEngine
from ecommerce_analytics.engines.spark.session import stop
from postgres.servers import TestServer, a_server
from spark.kept import DbtOnSpark


@pytest.fixture(scope="session")
def server() -> Iterator[TestServer]:
    """A PostgreSQL server for warehouses, as `ecom postgres start` creates it."""
    with a_server() as made:
        made.start()
        yield made


@pytest.fixture(scope="session")
def on_postgres(server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """The project on PostgreSQL."""
    engine = PostgresEngine(server.settings)
    return Dbt(tmp_path_factory.mktemp("on_postgres"), engine=engine)


@pytest.fixture(scope="session")
def on_spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    """The project on Spark."""
    yield DbtOnSpark(tmp_path_factory.mktemp("on_spark"))
    stop()


@pytest.fixture(scope="session", params=["postgres", "spark"])
def elsewhere(request: pytest.FixtureRequest) -> Dbt:
    """The project on each engine except DuckDB, for the default shop. Read only."""
    made: Dbt = request.getfixturevalue(f"on_{request.param}")
    return made


@pytest.fixture(scope="session")
def built_elsewhere(elsewhere: Dbt, shop_dir: Path) -> DbtResult:
    """The default shop, loaded and built from nothing."""
    elsewhere.load(shop_dir)
    return elsewhere.run("build", "--full-refresh")
