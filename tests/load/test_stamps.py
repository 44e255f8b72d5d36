"""Load times: each load is later than the previous one, for any clock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.engines.duckdb.merge import apply_changes
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.load import load_shop
from ecommerce_analytics.load.erase import erase
from ecommerce_analytics.load.stamps import next_stamp

from .conftest import Shop

Query = Callable[[str], list[tuple[Any, ...]]]

# A load by a machine with a clock centuries ahead.
_LATER: Final = datetime(2999, 1, 1, tzinfo=UTC)
_AHEAD: Final = _LATER.replace(tzinfo=None)
_PAST: Final = datetime(2020, 1, 1, tzinfo=UTC)
_STEP: Final = timedelta(microseconds=1)
_LATEST: Final = "select max(loaded_at) from raw_data.customers"


def test_a_stamp_is_now_or_after_the_last() -> None:
    """The later of now and just after the last load is used; an explicit time is used unchanged."""
    now = datetime.now(UTC).replace(tzinfo=None)
    assert now <= next_stamp(None, None) <= now + timedelta(minutes=1)
    assert now <= next_stamp(None, _PAST.replace(tzinfo=None)) <= now + timedelta(minutes=1)
    assert next_stamp(None, _AHEAD) == _AHEAD + _STEP
    assert next_stamp(_PAST, _AHEAD) == _PAST.replace(tzinfo=None)


def test_a_clock_that_was_set_back_is_not_believed(
    shop: Shop, warehouse: Path, query: Query, tmp_path: Path
) -> None:
    """After a clock is set back, loads are a microsecond apart until it has caught up."""
    load_shop(shop.directory, warehouse, loaded_at=_LATER)
    load_shop(shop.directory, warehouse)
    assert query(_LATEST) == [(_AHEAD + _STEP,)]
    batch = tmp_path / "batch"
    batch.mkdir()
    pq.write_table(pq.read_table(shop.directory / "customers.parquet"), batch / "customers.parquet")
    apply_changes(batch, warehouse)
    assert query(_LATEST) == [(_AHEAD + 2 * _STEP,)]


def test_requests_to_be_erased_are_kept(
    shop: Shop, warehouse: Path, query: Query, tmp_path: Path
) -> None:
    """A load adds erasure requests, with or without a file; a person's first request stays."""
    load_shop(shop.directory, warehouse)
    done = erase(DuckDBEngine(warehouse), ["1", "1", "77"])
    assert (done.customers, done.sharing, done.unknown) == (
        ("1", "77", "2", "3"),
        ["2", "3"],
        ["77"],
    )
    requests = "from raw_data.erasures order by customer_id"
    before = query(requests)
    assert [key for key, *_ in before] == [1, 2, 3, 77]
    load_shop(shop.directory, warehouse)
    assert query(requests) == before
    moments = pa.array([_PAST.replace(tzinfo=None)] * 2, pa.timestamp("us"))
    rows = pa.table({"customer_id": [1, 8], "erased_at": moments})
    pq.write_table(rows, shop.directory / "erasures.parquet")
    load_shop(shop.directory, warehouse)
    assert [row for row in query(requests) if row[0] != 8] == before
    assert len(query(requests)) == len(before) + 1
    batch = tmp_path / "batch"
    batch.mkdir()
    pq.write_table(rows.slice(0, 1), batch / "erasures.parquet")
    pq.write_table(pa.table({"customer_id": [1]}), batch / "erasures.deleted.parquet")
    assert apply_changes(batch, warehouse).ignored == ("erasures.deleted.parquet",)
    assert [row for row in query(requests) if row[0] != 8] == before


def test_whoever_is_erased_must_have_a_number(shop: Shop, warehouse: Path) -> None:
    """Erasure requests must satisfy the contract too."""
    load_shop(shop.directory, warehouse)
    with pytest.raises(EcomError, match="customer_id"):
        erase(DuckDBEngine(warehouse), ["Anna"])


def test_there_must_be_a_warehouse(tmp_path: Path) -> None:
    """Without a warehouse the message says what to do."""
    with pytest.raises(EcomError, match="no warehouse"):
        erase(DuckDBEngine(tmp_path / "warehouse.duckdb"), ["1"])
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    with pytest.raises(EcomError, match="ecom load"):
        erase(DuckDBEngine(tmp_path / "empty.duckdb"), ["1"])
