"""The loader on PostgreSQL: loads are atomic, and views on the raw tables stay."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ecommerce_analytics.engines.base import Relation
from ecommerce_analytics.engines.postgres.engine import PostgresEngine
from ecommerce_analytics.engines.postgres.settings import LOADER, TRANSFORMER
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.load.erase import erase
from postgres.servers import TestServer, a_server

_ORDERS = "select count(*), sum(order_total), min(loaded_at) is null from raw_data.orders"


@pytest.fixture(scope="module")
def server() -> Iterator[TestServer]:
    """A server without a raw table."""
    with a_server() as made:
        made.start()
        yield made


@pytest.fixture(scope="module")
def engine(server: TestServer) -> PostgresEngine:
    """The engine behind it."""
    return PostgresEngine(server.settings)


@pytest.fixture
def shop(small_shop_dir: Path, tmp_path: Path) -> Path:
    """A small shop's files, the test's own copy."""
    return Path(shutil.copytree(small_shop_dir, tmp_path / "shop"))


def rows_of(path: Path) -> int:
    """The number of rows in a file."""
    return int(pq.read_metadata(path).num_rows)


def test_the_rows_of_the_files_are_there(engine: PostgresEngine, shop: Path) -> None:
    """Each table has the files' rows, each with the load time."""
    summary = engine.load(shop)
    for table, rows in summary.rows.items():
        assert rows == rows_of(shop / f"{table}.parquet")
        assert engine.rows(f"select count(*) from raw_data.{table}") == [(rows,)]  # noqa: S608
    assert engine.rows("select count(*) from raw_data.orders where loaded_at is null") == [(0,)]


def test_views_on_the_tables_stay(engine: PostgresEngine, server: TestServer, shop: Path) -> None:
    """A load fills the existing tables, so views on them stay."""
    engine.load(shop)
    server.query(TRANSFORMER, "create view staging.v as select * from raw_data.orders")
    try:
        engine.load(shop)
        assert server.scalar("select count(*) from staging.v") == rows_of(shop / "orders.parquet")
    finally:
        server.query(TRANSFORMER, "drop view staging.v")


def test_a_broken_file_changes_nothing(engine: PostgresEngine, shop: Path) -> None:
    """If the last table's file is broken, the first table is unchanged."""
    engine.load(shop)
    before = engine.rows(_ORDERS)
    pq.write_table(pq.read_table(shop / "orders.parquet").slice(1), shop / "orders.parquet")
    (shop / "campaigns.parquet").write_bytes(b"not a file")
    with pytest.raises(EcomError, match="campaigns"):
        engine.load(shop)
    assert engine.rows(_ORDERS) == before


def test_an_optional_table_comes_and_goes(engine: PostgresEngine, shop: Path) -> None:
    """An optional table is created and removed with its file."""
    engine.load(shop)
    (shop / "refunds.parquet").rename(shop.parent / "refunds.parquet")
    engine.load(shop)
    assert engine.rows("select to_regclass('raw_data.refunds')") == [(None,)]
    (shop.parent / "refunds.parquet").rename(shop / "refunds.parquet")
    assert engine.load(shop).rows["refunds"] == rows_of(shop / "refunds.parquet")


def test_each_load_is_later_and_erasures_are_kept(
    engine: PostgresEngine, server: TestServer, shop: Path
) -> None:
    """Load times increase even if the clock was set back, and erasures are kept, as on DuckDB."""
    engine.load(shop)
    (shop / "erasures.parquet").unlink()
    ((key,),) = engine.rows("select min(customer_id) from raw_data.customers")
    erase(engine, [str(key)])
    erase(engine, [str(key)])
    requests = engine.rows("select * from raw_data.erasures order by 1")
    assert key in [row[0] for row in requests]
    server.query(LOADER, "update raw_data.orders set loaded_at = timestamp '2999-01-01'")
    engine.load(shop)
    assert engine.rows("select max(loaded_at)::text from raw_data.orders") == [
        ("2999-01-01 00:00:00.000001",)
    ]
    assert engine.rows("select * from raw_data.erasures order by 1") == requests


def test_a_table_of_an_older_contract_is_replaced(
    engine: PostgresEngine, server: TestServer, shop: Path
) -> None:
    """A table with an older contract's columns is replaced."""
    engine.load(shop)
    server.query(LOADER, "alter table raw_data.orders add column colour text")
    engine.load(shop)
    columns = "select count(*) from information_schema.columns where column_name = 'colour'"
    assert server.scalar(columns) == 0


def test_text_comes_as_it_is(engine: PostgresEngine, shop: Path) -> None:
    """Text with COPY's special characters is loaded unchanged."""
    names = ["tab\there", "line\nbreak\rreturn", "back\\slash \\N \\.", "quote \" ' ,", "ünï ☃"]
    products = pq.read_table(shop / "products.parquet")
    column = products["product_name"].to_pylist()
    column[: len(names)] = names
    position = products.schema.get_field_index("product_name")
    field = products.schema.field("product_name")
    changed = products.set_column(position, field, pa.array(column, field.type))
    pq.write_table(changed, shop / "products.parquet")
    engine.load(shop)
    query = "select product_name from raw_data.products order by product_id limit 5"
    assert [name for (name,) in engine.rows(query)] == names


@pytest.mark.parametrize("rows", [0, 1, 300])
def test_what_is_exported_is_what_is_there(
    engine: PostgresEngine, server: TestServer, tmp_path: Path, rows: int
) -> None:
    """Exports keep columns of empty tables, and text with CSV's special characters."""
    awkward = 'line\nbreak\r\nreturn, "quoted" ünï ☃'
    server.query(
        TRANSFORMER,
        "create table staging.t as select n as id, case n %% 3 when 0 then %s when 1 then '' end "  # noqa: S608
        f"as note, date '2025-01-01' as day from generate_series(1, {rows}) as n",
        awkward,
    )
    try:
        engine.export(Relation("staging", "t"), tmp_path / "t.parquet")
    finally:
        server.query(TRANSFORMER, "drop table staging.t")
    exported = pq.read_table(tmp_path / "t.parquet")
    assert exported.column_names == ["id", "note", "day"]
    notes = {0: awkward, 1: "", 2: None}
    assert dict(zip(*exported.select(["id", "note"]).to_pydict().values(), strict=True)) == {
        number: notes[number % 3] for number in range(1, rows + 1)
    }


def test_a_batch_inserts_replaces_and_deletes(engine: PostgresEngine, shop: Path) -> None:
    """A batch inserts, replaces and deletes, and applying it again changes nothing."""
    engine.load(shop)
    orders = pq.read_table(shop / "orders.parquet")
    rows = orders.num_rows
    batch = shop.parent / "batch"
    batch.mkdir()
    new = orders.slice(0, 2).to_pylist()
    new[0]["currency"] = "EUR"
    new[1]["order_id"] = 1_000_000
    pq.write_table(pa.Table.from_pylist(new, orders.schema), batch / "orders.parquet")
    gone = pa.table({"order_id": orders["order_id"].slice(5, 3)})
    pq.write_table(gone, batch / "orders.deleted.parquet")
    for _ in range(2):
        summary = engine.apply(batch)
        assert (summary.upserts, summary.deletes) == ({"orders": 2}, {"orders": 3})
        assert engine.rows("select count(*) from raw_data.orders") == [(rows + 1 - 3,)]
    changed = "select order_id from raw_data.orders where currency = 'EUR'"
    assert engine.rows(changed) == [(new[0]["order_id"],)]


def test_a_batch_that_breaks_the_contract_changes_nothing(
    engine: PostgresEngine, shop: Path
) -> None:
    """A failed batch rolls back, including its deletes."""
    engine.load(shop)
    before = engine.rows(_ORDERS)
    batch = shop.parent / "batch"
    batch.mkdir()
    pq.write_table(pa.table({"order_id": [1]}), batch / "orders.deleted.parquet")
    (batch / "products.deleted.csv").write_text("product_id\nnone\n", encoding="utf-8")
    with pytest.raises(EcomError, match="expected a whole number"):
        engine.apply(batch)
    assert engine.rows(_ORDERS) == before
