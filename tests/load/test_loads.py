"""`audit.loads`: each load records its shop, in the same transaction."""

import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest

from ecommerce_analytics.clean import clean
from ecommerce_analytics.engines.base import Engine, Relation
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.engines.postgres.engine import PostgresEngine
from ecommerce_analytics.engines.postgres.mock_data import write_mock_data
from ecommerce_analytics.engines.postgres.settings import TRANSFORMER
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.generate import ShopSpec, generate_shop
from ecommerce_analytics.held import clear, held
from ecommerce_analytics.living import advance, batches
from postgres.servers import TestServer, a_server

_SPEC: Final = ShopSpec(customers=20, orders=60, start=date(2025, 11, 1))
_LOADS: Final = (
    "select kind, shop_kind, shop_name, last_day, row_count > 0 from audit.loads order by load_id"
)
_HISTORY: Final = ("shop", "synthetic", "shop", date(2025, 12, 31), True)
_DAYS: Final = [("day", "synthetic", f"2026-01-0{day}", date(2026, 1, day), True) for day in (1, 2)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated shop with two simulated days. Read only."""
    path = tmp_path_factory.mktemp("loads") / "shop"
    generate_shop(_SPEC, path)
    advance(path, 2)
    return path


@pytest.fixture(scope="module")
def exports(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same files as a user's own shop, without the generator's files."""
    path = tmp_path_factory.mktemp("own") / "exports"
    path.mkdir()
    for file in shop.glob("*.parquet"):
        shutil.copy(file, path)
    return path


@pytest.fixture(scope="module")
def server() -> Iterator[TestServer]:
    """A PostgreSQL server."""
    with a_server() as made:
        made.start()
        yield made


@pytest.fixture(params=["duckdb", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """An empty warehouse."""
    if request.param == "duckdb":
        return DuckDBEngine(tmp_path / "warehouse.duckdb")
    server: TestServer = request.getfixturevalue("server")
    made = PostgresEngine(server.settings)
    made.clear()
    return made


def loads(engine: Engine) -> list[tuple[Any, ...]]:
    """The rows of the table, without the times."""
    return engine.rows(_LOADS)


def test_nothing_is_held_before_a_load(engine: Engine) -> None:
    """Before a load nothing is held, and clearing does nothing."""
    assert not engine.has_tables
    assert held(engine) is None
    clear(engine)


def test_a_shop_and_its_days_are_on_record(engine: Engine, shop: Path) -> None:
    """A load with days, a single day and the generator's specification are recorded."""
    engine.load(shop, days=batches(shop)[:1])
    assert loads(engine) == [_HISTORY, _DAYS[0]]
    engine.apply(batches(shop)[1])
    assert loads(engine) == [_HISTORY, *_DAYS]
    found = held(engine)
    assert found is not None
    assert (found.shop_kind, found.last_day, len(found.days)) == ("synthetic", _SPEC.end, 2)
    assert found.spec is not None
    assert '"customers": 20' in found.spec
    ((loaded_at, rows, counted),) = engine.rows(
        "select loaded_at, row_count, (select count(*) from raw_data.orders) "
        "from audit.loads where load_id = 1"
    )
    assert isinstance(loaded_at, datetime)
    assert rows > counted >= 60


def test_ones_own_shop_is_on_record(engine: Engine, exports: Path) -> None:
    """An own shop is recorded until its last order's day; a batch of changes too."""
    engine.load(exports)
    engine.apply(exports)
    ((last,),) = engine.rows("select cast(max(ordered_at) as date) from raw_data.orders")
    assert loads(engine) == [
        ("shop", "own", "exports", last, True),
        ("batch", "own", "exports", last, True),
    ]


def test_a_load_with_its_days_is_all_or_nothing(engine: Engine, shop: Path, tmp_path: Path) -> None:
    """A load with an unreadable day changes nothing, including earlier days."""
    engine.load(shop)
    torn = tmp_path / "torn"
    shutil.copytree(batches(shop)[1], torn)
    (torn / "orders.parquet").write_bytes(b"half a file")
    before = engine.rows("select count(*), max(updated_at), max(loaded_at) from raw_data.orders")
    with pytest.raises(EcomError, match=r"orders\.parquet"):
        engine.load(shop, days=[batches(shop)[0], torn])
    assert (
        engine.rows("select count(*), max(updated_at), max(loaded_at) from raw_data.orders")
        == before
    )
    assert loads(engine) == [_HISTORY]


def test_a_generated_shop_is_cleared(engine: Engine, shop: Path) -> None:
    """A generated shop is removed together with what dbt built from it."""
    engine.load(shop, days=batches(shop))
    _build_something(engine)
    clear(engine)
    assert not engine.has_tables
    assert held(engine) is None
    if isinstance(engine, PostgresEngine):
        assert engine.columns(Relation("marts", "fact")) == {}
    engine.load(shop)
    assert loads(engine) == [_HISTORY]


def test_a_shop_of_ones_own_stays(engine: Engine, shop: Path, exports: Path) -> None:
    """An own shop stays, even after a generated one was loaded, because snapshots keep it."""
    engine.load(exports)
    for _ in range(2):
        with pytest.raises(EcomError, match=r"holds a shop of your own \(loaded from exports\)"):
            clear(engine)
        engine.load(shop)
    assert loads(engine)[-1] == _HISTORY


def test_tables_that_no_load_brought_stay(engine: Engine, shop: Path) -> None:
    """Tables without a recorded load stay, because they may be the user's own."""
    engine.load(shop)
    if isinstance(engine, DuckDBEngine):
        with duckdb.connect(str(engine.warehouse)) as connection:
            connection.execute("drop table audit.loads")
    elif isinstance(engine, PostgresEngine):
        with engine._session("ecom_loader") as cursor:
            cursor.execute("delete from audit.loads")
    with pytest.raises(EcomError, match="has tables that no load of this version has brought"):
        clear(engine)
    assert engine.has_tables


def test_other_tables_of_the_file_stay(shop: Path, tmp_path: Path) -> None:
    """A DuckDB file with other content is not removed."""
    engine = DuckDBEngine(tmp_path / "warehouse.duckdb")
    engine.load(shop)
    clear(engine)
    assert not engine.warehouse.exists()
    engine.load(shop)
    with duckdb.connect(str(engine.warehouse)) as connection:
        connection.execute("create table notes as select 'mine' as note")
    clear(engine)
    with duckdb.connect(str(engine.warehouse)) as connection:
        assert connection.execute("from duckdb_tables() select table_name").fetchall() == [
            ("notes",)
        ]


def test_mock_data_is_on_record(shop: Path, tmp_path: Path) -> None:
    """A server filled by mock data scripts has the load on record."""
    with a_server(shop) as made:
        made.start()
        assert loads(PostgresEngine(made.settings)) == [_HISTORY]
    write_mock_data(shop, tmp_path / "scripts")
    assert "2025-12-31" in (tmp_path / "scripts" / "load.sql").read_text(encoding="utf-8")


def test_clean_leaves_what_may_be_ones_own(shop: Path, exports: Path, tmp_path: Path) -> None:
    """An own shop's warehouse and exports stay; all else is removed."""
    data = tmp_path / "data"
    data.mkdir()
    shutil.copytree(shop, data / "shop")
    shutil.copytree(exports, data / "exports")
    DuckDBEngine(data / "warehouse.duckdb").load(shop)
    DuckDBEngine(data / "mine.duckdb").load(exports)
    (data / "mine.duckdb.wal").touch()
    (tmp_path / "site").mkdir()
    (tmp_path / "dbt_project" / "target").mkdir(parents=True)
    left = clean(tmp_path)
    assert len(left) == 2
    assert "files that `ecom generate` did not write" in left[0]
    assert "holds a shop of your own" in left[1]
    kept = sorted(path.name for path in data.iterdir())
    assert kept == ["exports", "mine.duckdb", "mine.duckdb.wal"]
    assert not (tmp_path / "site").exists()
    assert not (tmp_path / "dbt_project" / "target").exists()


def _build_something(engine: Engine) -> None:
    """Create what dbt would: a table and a view on it, in its own schemas."""
    statements = (
        "create schema if not exists marts",
        "create table marts.fact as select 1 as one",
        "create view marts.seen as select one from marts.fact",
    )
    if isinstance(engine, DuckDBEngine):
        with duckdb.connect(str(engine.warehouse)) as connection:
            for statement in statements:
                connection.execute(statement)
    elif isinstance(engine, PostgresEngine):
        with engine._session(TRANSFORMER) as cursor:
            for statement in statements:
                cursor.execute(statement)
