"""A tiny valid shop, which the loader's tests break one value at a time."""

import csv
import decimal
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ecommerce_analytics.contract import Column, Table, load_contract
from ecommerce_analytics.load import load_shop

Rows = list[dict[str, Any]]

_NOON = datetime(2024, 5, 1, 12, 0, 0)  # noqa: DTZ001 (the contract's times are naive UTC)
_SAMPLES: dict[str, Any] = {
    "string": "x",
    "boolean": False,
    "date": date(2024, 5, 1),
    "timestamp": _NOON,
}
# The columns whose allowed values are listed in the contract.
_ALLOWED = {
    "segment": "vip",
    "order_status": "shipped",
    "channel": "email",
    "touch_type": "click",
}
LOADED = datetime(2024, 6, 1, 6, 30, tzinfo=UTC)


def sample(column: Column, row: int) -> Any:
    """A value of the column for a row numbered from 1."""
    if column.name in _ALLOWED:
        return _ALLOWED[column.name]
    if column.data_type in {"bigint", "integer"}:
        return row
    return _SAMPLES.get(column.data_type, decimal.Decimal("12.50"))


def rows_of(table: Table, count: int = 3) -> Rows:
    """Rows that satisfy the table's contract."""
    return [{c.name: sample(c, row) for c in table.file_columns} for row in range(1, count + 1)]


def write_csv(path: Path, rows: Rows) -> None:
    """Write the rows as CSV, nulls as empty values."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_parquet(path: Path, table: Table, rows: Rows) -> None:
    """Write the rows as Parquet, with the contract's types but nullable columns."""
    fields = [pa.field(c.name, c.arrow_type) for c in table.file_columns]
    pq.write_table(pa.Table.from_pylist(rows, pa.schema(fields)), path)


class Shop:
    """A directory with a shop's files, at most one per table."""

    def __init__(self, directory: Path) -> None:
        """Use a directory for a shop's files."""
        self.directory = directory

    def path(self, table: str, file_format: str = "csv") -> Path:
        """The path of the table's file in this format."""
        return self.directory / f"{table}.{file_format}"

    def write(self, table: str, rows: Rows, file_format: str = "csv") -> Path:
        """Write a table's file in one format and remove the other."""
        self.path(table, "csv").unlink(missing_ok=True)
        self.path(table, "parquet").unlink(missing_ok=True)
        path = self.path(table, file_format)
        if file_format == "csv":
            write_csv(path, rows)
        else:
            write_parquet(path, load_contract().table(table), rows)
        return path

    def write_text(self, table: str, text: str | bytes) -> Path:
        """Write a table's CSV file from its text."""
        path = self.write(table, rows_of(load_contract().table(table)))
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def write_arrow(self, table: str, column: str, values: "pa.Array[Any]") -> Path:
        """Write a table's Parquet file with one column replaced by an Arrow array."""
        path = self.write(table, rows_of(load_contract().table(table), len(values)), "parquet")
        whole = pq.read_table(path)
        position = whole.schema.get_field_index(column)
        pq.write_table(whole.set_column(position, column, values), path)
        return path


@pytest.fixture(scope="session")
def sound_shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A valid shop, with the required tables as Parquet. Read only."""
    shop = Shop(tmp_path_factory.mktemp("sound"))
    for table in load_contract().tables:
        if not table.optional:
            shop.write(table.name, rows_of(table), "parquet")
    return shop


@pytest.fixture(scope="session")
def sound_warehouse(sound_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse of the valid shop. Read only."""
    path = tmp_path_factory.mktemp("loaded") / "sound.duckdb"
    load_shop(sound_shop.directory, path)
    return path


@pytest.fixture
def shop(sound_shop: Shop, tmp_path: Path) -> Shop:
    """A valid shop, the test's own copy."""
    return Shop(Path(shutil.copytree(sound_shop.directory, tmp_path / "shop")))


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """The path of the tests' warehouse, which does not exist yet."""
    return tmp_path / "warehouse.duckdb"


@pytest.fixture
def query(warehouse: Path) -> Callable[[str], list[tuple[Any, ...]]]:
    """Query the warehouse."""

    def ask(sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    return ask
