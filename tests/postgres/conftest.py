"""A server that the tests of this folder share."""

from collections.abc import Iterator

import pytest

from postgres.servers import TestServer, a_server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[TestServer]:
    """A PostgreSQL server as `ecom postgres start` makes it, without mock data."""
    with a_server() as server:
        server.start()
        yield server
