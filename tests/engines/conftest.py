"""The default shop, built on every engine, and what the other engines are held against."""

from collections.abc import Iterator, Mapping

import pytest

from conftest import Dbt, DbtResult
from ecommerce_analytics.engines.postgres import PostgresEngine
from postgres.servers import TestServer, a_server


@pytest.fixture(scope="session")
def server() -> Iterator[TestServer]:
    """A PostgreSQL server for warehouses, as `ecom postgres start` makes it."""
    with a_server() as made:
        made.start()
        yield made


@pytest.fixture(scope="session")
def postgres(server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """The project on PostgreSQL."""
    engine = PostgresEngine(server.settings)
    return Dbt(tmp_path_factory.mktemp("postgres"), engine=engine)
