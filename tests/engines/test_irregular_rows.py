"""The shop of irregular rows on two engines: nothing fails, and the rows are the same."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

import irregular_shop as irregular
from conftest import Dbt
from ecommerce_analytics.engines.postgres.engine import PostgresEngine
from ecommerce_analytics.load.person_key import VARIABLE
from ecommerce_analytics.parity import built_nodes, compare
from parses import handed_on
from postgres.servers import a_server


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop's files."""
    return irregular.write_shop(tmp_path_factory.mktemp("irregular") / "shop")


@pytest.fixture(scope="module")
def here(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """The shop, built on DuckDB."""
    return _built(Dbt(tmp_path_factory.mktemp("irregular_here")), shop)


@pytest.fixture(scope="module")
def there(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    """The shop, built on PostgreSQL. Spark builds it with text keys: dbt/test_text_keys.py."""
    with a_server() as server:
        server.start()
        engine = PostgresEngine(server.settings)
        yield _built(Dbt(tmp_path_factory.mktemp("irregular_there"), engine=engine), shop)


def _built(dbt: Dbt, shop: Path) -> Dbt:
    # Person ids are the same with the same secret key.
    with patch.dict(os.environ, {VARIABLE: "0123456789abcdef" * 2}):
        dbt.load(shop, loaded_at=irregular.FIRST_LOAD)
    dbt.succeed("build")
    return dbt


def test_every_relation_has_the_same_rows(here: Dbt, there: Dbt) -> None:
    """Models, snapshots and seeds have the same rows."""
    differing = [
        f"{found.node.relation}: {' / '.join(found.differences)}"
        for found in compare(built_nodes(handed_on(here.engine)), [here.engine, there.engine])
        if found.differences
    ]
    assert not differing, "\n".join(differing)
