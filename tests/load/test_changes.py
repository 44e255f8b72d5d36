"""A batch of changes inserts, replaces and deletes rows by key, or does nothing at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.engines.duckdb.merge import apply_changes
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.load import load_shop

from .conftest import LOADED, Shop, rows_of, write_csv

_CONTRACT = load_contract()
_ORDERS = _CONTRACT.table("orders")
_FACTS = "select order_id, currency, loaded_at is null from raw_data.orders order by order_id"

Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    """A directory for a batch."""
    path = tmp_path / "batch"
    path.mkdir()
    return path


def write_orders(batch: Path, *rows: tuple[int, str]) -> None:
    """The batch's orders: key and currency."""
    sample = rows_of(_ORDERS)[0]
    write_csv(
        batch / "orders.csv",
        [{**sample, "order_id": order_id, "currency": currency} for order_id, currency in rows],
    )


def test_rows_are_inserted_replaced_and_deleted(
    shop: Shop, warehouse: Path, batch: Path, query: Query
) -> None:
    """Rows that the batch does not name stay unchanged."""
    load_shop(shop.directory, warehouse)
    write_orders(batch, (2, "EUR"), (4, "CHF"))
    pq.write_table(pa.table({"order_id": [3, 77]}), batch / "orders.deleted.parquet")
    summary = apply_changes(batch, warehouse, loaded_at=LOADED)
    assert (summary.upserts, summary.deletes) == ({"orders": 2}, {"orders": 2})
    assert query(_FACTS) == [(1, "x", False), (2, "EUR", False), (4, "CHF", False)]
    stamped = query("select order_id from raw_data.orders where loaded_at = '2024-06-01 06:30:00'")
    assert stamped == [(2,), (4,)]


def test_a_key_may_be_used_again(shop: Shop, warehouse: Path, batch: Path, query: Query) -> None:
    """A deleted key can be inserted in the same batch, because deletes come first."""
    load_shop(shop.directory, warehouse)
    write_orders(batch, (1, "EUR"))
    pq.write_table(pa.table({"order_id": [1]}), batch / "orders.deleted.parquet")
    apply_changes(batch, warehouse)
    assert query(_FACTS)[0] == (1, "EUR", False)


def test_the_same_batch_twice_is_the_batch_once(
    shop: Shop, warehouse: Path, batch: Path, query: Query
) -> None:
    """Applying the same batch twice changes nothing."""
    load_shop(shop.directory, warehouse)
    write_orders(batch, (2, "EUR"), (4, "CHF"))
    apply_changes(batch, warehouse, loaded_at=LOADED)
    once = query("from raw_data.orders order by all")
    apply_changes(batch, warehouse, loaded_at=LOADED)
    assert query("from raw_data.orders order by all") == once


def test_a_key_of_two_columns(shop: Shop, warehouse: Path, batch: Path, query: Query) -> None:
    """A key file needs both columns of a two-column key."""
    inventory = _CONTRACT.table("inventory_levels")
    shop.write("inventory_levels", rows_of(inventory))
    load_shop(shop.directory, warehouse)
    gone = [{name: row[name] for name in inventory.key} for row in rows_of(inventory)[:1]]
    write_csv(batch / "inventory_levels.deleted.csv", gone)
    apply_changes(batch, warehouse)
    assert query("select product_id from raw_data.inventory_levels order by 1") == [(2,), (3,)]


def test_an_optional_table_begins_with_its_first_batch(
    shop: Shop, warehouse: Path, batch: Path, query: Query
) -> None:
    """The first batch creates a missing optional table; it has nothing to delete until then."""
    load_shop(shop.directory, warehouse)
    write_csv(batch / "refunds.deleted.csv", [{"refund_id": 1}])
    apply_changes(batch, warehouse)
    write_csv(batch / "refunds.csv", rows_of(_CONTRACT.table("refunds")))
    apply_changes(batch, warehouse)
    assert query("select count(*) from raw_data.refunds") == [(3,)]


def test_a_broken_batch_changes_nothing(
    shop: Shop, warehouse: Path, batch: Path, query: Query
) -> None:
    """A batch with one broken file changes nothing."""
    load_shop(shop.directory, warehouse)
    before = query("from raw_data.orders order by all")
    write_orders(batch, (2, "EUR"))
    (batch / "products.deleted.csv").write_text("product_id\nnone\n", encoding="utf-8")
    with pytest.raises(EcomError) as refusal:
        apply_changes(batch, warehouse)
    assert str(refusal.value) == (
        f"{batch}/products.deleted.csv, line 2, column product_id: found 'none', "
        "expected a whole number in the range of bigint; "
        "where keys are text, set key_type in dbt_project.yml"
    )
    assert query("from raw_data.orders order by all") == before


def test_an_empty_batch_is_refused(shop: Shop, warehouse: Path, batch: Path) -> None:
    """An empty batch is rejected, because the directory is probably wrong."""
    load_shop(shop.directory, warehouse)
    with pytest.raises(EcomError, match="holds no changes; expected files such as"):
        apply_changes(batch, warehouse)


def test_there_must_be_a_warehouse(warehouse: Path, batch: Path) -> None:
    """A batch needs an existing warehouse."""
    write_orders(batch, (2, "EUR"))
    with pytest.raises(EcomError, match="load a whole shop first: ecom load"):
        apply_changes(batch, warehouse)
    assert not warehouse.exists()


def test_a_warehouse_without_the_table_is_refused(
    shop: Shop, warehouse: Path, batch: Path, query: Query
) -> None:
    """A database without the raw tables is rejected."""
    load_shop(shop.directory, warehouse)
    import duckdb

    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("drop table raw_data.orders")
    write_orders(batch, (2, "EUR"))
    write_csv(batch / "campaigns.deleted.csv", [{"campaign_id": 1}])
    with pytest.raises(EcomError, match=r"has no table raw_data.orders; load a whole shop first"):
        apply_changes(batch, warehouse)
    assert query("select count(*) from raw_data.campaigns") == [(3,)]
