"""The result of a load in the warehouse, and the messages if it cannot write."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.load import RAW_STORAGE_VERSION, load_shop
from ecommerce_analytics.load import warehouse as warehouse_module
from ecommerce_analytics.load.person_key import TABLE

from .conftest import LOADED, Shop, rows_of

Query = Callable[[str], list[tuple[Any, ...]]]

_CONTRACT = load_contract()
_SQL_TYPES = {
    "bigint": "BIGINT",
    "integer": "INTEGER",
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "numeric(18,2)": "DECIMAL(18,2)",
    "numeric(18,3)": "DECIMAL(18,3)",
    "numeric(18,4)": "DECIMAL(18,4)",
}
_REQUIRED = {table.name for table in _CONTRACT.tables if not table.optional}
_TABLES = (
    "select table_name from information_schema.tables where table_schema = 'raw_data' order by all"
)


def test_every_table_has_the_columns_and_types_of_the_contract(
    shop: Shop, warehouse: Path, query: Query
) -> None:
    """The raw tables have exactly the contract's columns and types."""
    for table in _CONTRACT.tables:
        shop.write(table.name, rows_of(table), "csv" if table.optional else "parquet")
    summary = load_shop(shop.directory, warehouse)
    assert dict(summary.rows) == {table.name: 3 for table in _CONTRACT.tables}
    assert 0 < summary.seconds < 60
    for table in _CONTRACT.tables:
        described = query(f"describe raw_data.{table.name}")
        expected = [(column.name, _SQL_TYPES[column.data_type]) for column in table.columns]
        assert [(name, kind) for name, kind, *_ in described] == expected


@pytest.mark.parametrize("table", _CONTRACT.tables, ids=lambda table: table.name)
def test_both_formats_load_the_same_rows(shop: Shop, tmp_path: Path, table: Any) -> None:
    """CSV and Parquet in any row order give the same table."""
    loaded = []
    for file_format in ("csv", "parquet"):
        rows = rows_of(table, 5)
        rows[3].update({c.name: None for c in table.file_columns if c.nullable})
        # Rows are stored by key, in any order of the file.
        shop.write(table.name, rows[::-1] if file_format == "csv" else rows, file_format)
        path = tmp_path / f"{file_format}.duckdb"
        load_shop(shop.directory, path, loaded_at=LOADED)
        with duckdb.connect(str(path), read_only=True) as connection:
            loaded.append(connection.execute(f"from raw_data.{table.name}").fetchall())
    assert loaded[0] == loaded[1]
    assert [row[:-1] for row in loaded[0]] == [tuple(row.values()) for row in rows]
    assert {row[-1] for row in loaded[0]} == {LOADED.replace(tzinfo=None)}


def test_one_instant_stamps_every_row(shop: Shop, warehouse: Path, query: Query) -> None:
    """All rows of a load have the same load time."""
    before = datetime.now(UTC).replace(tzinfo=None)
    load_shop(shop.directory, warehouse)
    stamps = " union ".join(f"select loaded_at from raw_data.{name}" for name in _REQUIRED)  # noqa: S608
    [(stamp,)] = query(stamps)
    assert before <= stamp <= datetime.now(UTC).replace(tzinfo=None)


def test_the_stamp_is_utc(shop: Shop, warehouse: Path, query: Query) -> None:
    """A load time of any zone is stored as UTC."""
    local = datetime(2024, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    load_shop(shop.directory, warehouse, loaded_at=local)
    assert query("select distinct loaded_at::varchar from raw_data.orders") == [
        ("2023-12-31 23:00:00",)
    ]


@pytest.mark.parametrize(
    ("column", "value", "loaded"),
    [
        ("order_total", "-12.5", Decimal("-12.50")),
        ("order_total", "+7", Decimal("7.00")),
        ("order_total", "7.", Decimal("7.00")),
        ("order_total", "12.5000", Decimal("12.50")),
        ("order_total", "9999999999999999.99", Decimal("9999999999999999.99")),
        ("customer_id", "007", 7),
        ("customer_id", "7.0", 7),
        ("customer_id", "7.", 7),
        ("customer_id", "9223372036854775807.00", 2**63 - 1),
        ("customer_id", "-7.0000", -7),
        ("customer_id", "-9223372036854775808", -(2**63)),
        ("customer_id", "", None),
        ("email", "", None),
        ("email", " x ", " x "),
        ("email", "NULL", "NULL"),
        ("email", "#'é\\", "#'é\\"),
        ("email", 'a "b",\r\nc', 'a "b",\r\nc'),
        ("is_test", "TRUE", True),
        ("is_test", "t", True),
        ("is_test", "1", True),
        ("is_test", "False", False),
        ("is_test", "f", False),
        ("is_test", "0", False),
        ("shipped_at", "2024-02-29 23:59:59", datetime(2024, 2, 29, 23, 59, 59)),  # noqa: DTZ001
        ("shipped_at", "2024-01-05T10:00:00.5", datetime(2024, 1, 5, 10, 0, 0, 500_000)),  # noqa: DTZ001
        ("shipped_at", "2024-01-05T10:00:00Z", datetime(2024, 1, 5, 10)),  # noqa: DTZ001
        ("shipped_at", "2024-01-05 10:00:00 UTC", datetime(2024, 1, 5, 10)),  # noqa: DTZ001
        ("shipped_at", "2024-01-05 10:00:00 utc", datetime(2024, 1, 5, 10)),  # noqa: DTZ001
        ("shipped_at", "2024-01-05T10:00:00z", datetime(2024, 1, 5, 10)),  # noqa: DTZ001
        ("shipped_at", "2024-01-05 10:00:00 GMT", datetime(2024, 1, 5, 10)),  # noqa: DTZ001
        ("is_test", "1.0", True),
        ("shipped_at", "2024-01-05 10:00:00+02", datetime(2024, 1, 5, 8)),  # noqa: DTZ001
        ("shipped_at", "2024-01-05 10:00:00UTC", datetime(2024, 1, 5, 10)),  # noqa: DTZ001
        ("shipped_at", "2024-01-05 10:00:00 Z", datetime(2024, 1, 5, 10)),  # noqa: DTZ001
        ("shipped_at", "2024-01-05 10:00:00 -0400", datetime(2024, 1, 5, 14)),  # noqa: DTZ001
        ("shipped_at", "2024-01-05 10:00:00 -04:00", datetime(2024, 1, 5, 14)),  # noqa: DTZ001
        ("shipped_at", "2024-01-05 10:00:00 -04", datetime(2024, 1, 5, 14)),  # noqa: DTZ001
        ("shipped_at", "2024-01-05 10:00:00 +0000", datetime(2024, 1, 5, 10)),  # noqa: DTZ001
        ("shipped_at", "2024-01-05T10:00:00 +00:00", datetime(2024, 1, 5, 10)),  # noqa: DTZ001
        ("shipped_at", "2024-01-05 10:00:00+15:59", datetime(2024, 1, 4, 18, 1)),  # noqa: DTZ001
        (
            "shipped_at",
            "2024-01-05 10:00:00.123456000 -04:00",
            datetime(2024, 1, 5, 14, 0, 0, 123_456),  # noqa: DTZ001
        ),
        ("shipped_at", "2024-01-05T10:00:00-05:30", datetime(2024, 1, 5, 15, 30)),  # noqa: DTZ001
        ("shipped_at", "2024-01-05T10:00:00+0130", datetime(2024, 1, 5, 8, 30)),  # noqa: DTZ001
    ],
)
def test_a_csv_value_as_shops_write_it(
    shop: Shop, warehouse: Path, query: Query, column: str, value: str, loaded: Any
) -> None:
    """Every unambiguous spelling of a CSV value is read."""
    rows = rows_of(_CONTRACT.table("orders"))
    rows[1][column] = value
    shop.write("orders", rows)
    load_shop(shop.directory, warehouse)
    assert query(f"select {column} from raw_data.orders where order_id = 2") == [(loaded,)]  # noqa: S608


@pytest.mark.parametrize(
    ("column", "values", "loaded"),
    [
        ("customer_id", pa.array([1, 2], pa.int8()), 2),
        ("customer_id", pa.array([1, 2**63 - 1], pa.uint64()), 2**63 - 1),
        ("customer_id", pa.array([1, 2], pa.decimal128(38, 0)), 2),
        ("customer_id", pa.array([Decimal(1), Decimal("2.0000")], pa.decimal128(18, 4)), 2),
        ("customer_id", pa.array([None, 2.0]), 2),
        ("customer_id", pa.array([float("nan"), 2.0]), 2),
        ("customer_id", pa.array([2.0, float("nan")]), None),
        ("customer_id", pa.array([1.0, 2.0**53 - 1]), 2**53 - 1),
        ("customer_id", pa.array([1, 2], pa.float32()), 2),
        ("order_total", pa.array([1, 12.1]), Decimal("12.10")),
        ("order_total", pa.array([1, 3 * 12.1]), Decimal("36.30")),
        ("order_total", pa.array([1, 0.1 + 0.2]), Decimal("0.30")),
        ("order_total", pa.array([1, 0.3 - 0.1 - 0.2]), Decimal("0.00")),
        ("order_total", pa.array([1, -2_000_000_000_000.01]), Decimal("-2000000000000.01")),
        ("order_total", pa.array([1, 12.1], pa.float32()), Decimal("12.10")),
        ("email", pa.array([1, 2]), "2"),
        ("email", pa.array([None, 2.0]), "2"),
        ("email", pa.array([1, 10**20], pa.decimal128(38, 0)), "1" + "0" * 20),
        ("email", pa.nulls(2), None),
        ("email", pa.array([None, None], pa.int32()), None),
        ("shipped_at", pa.array([None, None], pa.float64()), None),
        ("campaign_id", pa.array([None, None], pa.string()), None),
        ("campaign_id", pa.array([None, None], pa.list_(pa.int32())), None),
        ("order_total", pa.array([1, 2], pa.int32()), Decimal(2)),
        (
            "order_total",
            pa.array([Decimal(1), Decimal("2.2500")], pa.decimal128(20, 4)),
            Decimal("2.25"),
        ),
        ("email", pa.array(["x", "y"]).dictionary_encode(), "y"),
        ("email", pa.array(["x", "y"], pa.large_string()), "y"),
        ("shipped_at", pa.array([0, 1], pa.timestamp("s")), datetime(1970, 1, 1, 0, 0, 1)),  # noqa: DTZ001
        (
            "shipped_at",
            pa.array([0, 3_600_000_000_000], pa.timestamp("ns")),
            datetime(1970, 1, 1, 1),  # noqa: DTZ001
        ),
        (
            "shipped_at",
            pa.array([0, 3_600_000_000], pa.timestamp("us", "America/New_York")),
            datetime(1970, 1, 1, 1),  # noqa: DTZ001
        ),
    ],
)
def test_a_parquet_type_that_is_exact(
    shop: Shop, warehouse: Path, query: Query, column: str, values: "pa.Array[Any]", loaded: Any
) -> None:
    """Parquet types that hold the contract's values exactly are accepted."""
    shop.write_arrow("orders", column, values)
    load_shop(shop.directory, warehouse)
    assert query(f"select {column} from raw_data.orders where order_id = 2") == [(loaded,)]  # noqa: S608


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.rstrip("\n"),
        lambda text: text + "\n\n",
        lambda text: text.replace("order_id", "ORDER_ID", 1),
        lambda text: text.replace("order_id", '"order_id"', 1),
        lambda text: "\n".join(",".join(line.split(",")[::-1]) for line in text.split("\n")),
    ],
    ids=["BOM", "CRLF", "CR", "no last line end", "empty lines", "case", "quotes", "order"],
)
def test_a_csv_file_as_tools_write_it(
    shop: Shop, warehouse: Path, query: Query, change: Callable[[str], str]
) -> None:
    """Variants of CSV by spreadsheets and databases give the same rows."""
    path = shop.write("orders", rows_of(_CONTRACT.table("orders")))
    shop.write_text("orders", change(path.read_text()))
    assert load_shop(shop.directory, warehouse).rows["orders"] == 3
    assert query("select order_id, currency, is_test from raw_data.orders") == [
        (1, "x", False),
        (2, "x", False),
        (3, "x", False),
    ]


def test_a_table_without_rows(shop: Shop, warehouse: Path, query: Query) -> None:
    """A shop without campaigns is valid."""
    header = ",".join(column.name for column in _CONTRACT.table("campaigns").file_columns)
    shop.write_text("campaigns", f"{header}\n")
    assert load_shop(shop.directory, warehouse).rows["campaigns"] == 0
    assert query("select count(*) from raw_data.campaigns") == [(0,)]


def test_an_optional_table_comes_and_goes(shop: Shop, warehouse: Path, query: Query) -> None:
    """An optional table is removed when its file is gone."""
    path = shop.write("refunds", rows_of(_CONTRACT.table("refunds")))
    load_shop(shop.directory, warehouse)
    assert {name for (name,) in query(_TABLES)} == _REQUIRED | {"refunds", TABLE}
    path.unlink()
    assert "refunds" not in load_shop(shop.directory, warehouse).rows
    assert {name for (name,) in query(_TABLES)} == _REQUIRED | {TABLE}


def test_a_load_replaces_the_raw_tables_and_nothing_else(
    shop: Shop, warehouse: Path, query: Query
) -> None:
    """The relations built by dbt stay, and show the new rows."""
    load_shop(shop.directory, warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema marts; create table marts.facts as select 42 as answer")
        connection.execute("create view marts.seen as select count(*) as n from raw_data.orders")
        connection.execute("create table raw_data.of_someone_else as select 1 as one")
    shop.write("orders", rows_of(_CONTRACT.table("orders"), 7))
    load_shop(shop.directory, warehouse)
    assert query("from marts.facts") == [(42,)]
    assert query("from marts.seen") == [(7,)]
    assert query("from raw_data.of_someone_else") == [(1,)]


def test_files_of_no_table_are_named(shop: Shop, warehouse: Path) -> None:
    """Files of unknown tables are named, such as a misspelt optional table."""
    for name in ("refund.csv", "returns.parquet", "README.md"):
        (shop.directory / name).write_text("x")
    assert load_shop(shop.directory, warehouse).ignored == ("refund.csv", "returns.parquet")


def test_paths_are_taken_as_they_are(shop: Shop, tmp_path: Path) -> None:
    """Paths with wildcards or `key=value` are taken literally, unlike in DuckDB."""
    odd = tmp_path / "it's [1] *" / "year=2024"
    shutil.copytree(shop.directory, odd)
    # The path that would match the wildcard pattern.
    other = Shop(Path(shutil.copytree(shop.directory, tmp_path / "it's 1 x" / "year=2024")))
    other.write("orders", rows_of(_CONTRACT.table("orders"), 7), "parquet")
    assert load_shop(odd, tmp_path / "ware'house [1].duckdb").rows["orders"] == 3


def test_a_new_warehouse_keeps_the_storage_version_that_older_clients_read(
    shop: Shop, warehouse: Path, query: Query
) -> None:
    """The storage version stays readable for older clients, also after a second load."""
    load_shop(shop.directory, warehouse)
    load_shop(shop.directory, warehouse)
    versions = query("select tags['storage_version'] from duckdb_databases() where not internal")
    assert versions == [(f"{RAW_STORAGE_VERSION}+",)]


def test_nothing_but_the_warehouse_is_left(shop: Shop, tmp_path: Path) -> None:
    """A load leaves no log and no scratch files."""
    load_shop(shop.directory, tmp_path / "new" / "warehouse.duckdb")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["warehouse.duckdb"]


def _refused(shop: Shop, warehouse: Path) -> str:
    with pytest.raises(EcomError) as refusal:
        load_shop(shop.directory, warehouse)
    return str(refusal.value)


def test_a_warehouse_that_another_process_holds(shop: Shop, warehouse: Path) -> None:
    """The message names the process with the lock, and the load works after it ends."""
    load_shop(shop.directory, warehouse)
    program = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(warehouse)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        sentence = _refused(shop, warehouse)
        holder.communicate("\n")
    assert sentence.startswith(f"{warehouse} is held by another process (")
    assert sentence.endswith(f", pid {holder.pid}); close it there, then load again")
    load_shop(shop.directory, warehouse)


def test_a_warehouse_that_this_process_holds(shop: Shop, warehouse: Path) -> None:
    """A connection in this process is detected, although system locks do not apply to it."""
    with duckdb.connect(str(warehouse)):
        assert _refused(shop, warehouse) == (
            f"{warehouse} is open in this process already; close that connection, then load again"
        )


def test_a_warehouse_that_is_a_directory(shop: Shop, warehouse: Path) -> None:
    """A directory in place of the warehouse is not changed."""
    warehouse.mkdir()
    assert _refused(shop, warehouse) == f"{warehouse} is a directory, expected a DuckDB file"
    assert warehouse.is_dir()


@pytest.mark.parametrize("content", ["", "not DuckDB, but longer than nothing" * 1000])
def test_a_warehouse_that_is_another_file(shop: Shop, warehouse: Path, content: str) -> None:
    """Another file in place of the warehouse is not changed."""
    warehouse.write_text(content)
    assert _refused(shop, warehouse) == (
        f"{warehouse} is not a DuckDB file; name another one, or remove it to start afresh"
    )
    assert warehouse.read_text() == content


def test_a_directory_that_cannot_be_made(shop: Shop, tmp_path: Path) -> None:
    """A file in place of a parent directory gives one sentence."""
    (tmp_path / "file").touch()
    below = tmp_path / "file" / "warehouse.duckdb"
    assert _refused(shop, below) == (
        f"cannot make the directory {below.parent} for the warehouse: File exists"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_may_not_be_written(shop: Shop, tmp_path: Path) -> None:
    """The message has the operating system's reason."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    assert "Permission denied" in _refused(shop, closed / "warehouse.duckdb")


def test_ctrl_c_in_a_query_leaves_nothing(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C during a query leaves nothing, although DuckDB raises its own error."""

    def interrupted(*_: Any) -> NoReturn:
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr(warehouse_module, "_replace_tables", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load_shop(shop.directory, tmp_path / "new" / "warehouse.duckdb")
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def _load_with_little_space(source: Path, warehouse: Path) -> subprocess.CompletedProcess[str]:
    program = (
        "import resource, sys; from ecommerce_analytics.cli import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000)); main()"
    )
    options = ["load", "--from", str(source), "--warehouse", str(warehouse)]
    return subprocess.run(
        [sys.executable, "-c", program, *options], capture_output=True, text=True, check=False
    )


def test_a_disk_that_is_full(shop: Shop, warehouse: Path, query: Query) -> None:
    """On a full disk the old tables stay, and a new warehouse is removed."""
    load_shop(shop.directory, warehouse)
    count = 200_000
    big = pa.table(
        {
            "order_id": pa.array(range(count), pa.int64()),
            "email": [hashlib.sha256(str(row).encode()).hexdigest() for row in range(count)],
        }
    )
    path = shop.path("orders", "parquet")
    one = pq.read_table(path).slice(0, 1).drop_columns(big.column_names)
    rest = {name: pa.repeat(one[name][0], count) for name in one.column_names}
    pq.write_table(pa.table({**{n: big[n] for n in big.column_names}, **rest}), path)
    result = _load_with_little_space(shop.directory, warehouse)
    assert result.stderr == (
        f"error: the disk is full: {warehouse} could not be written and stays as it was; "
        "make room, then load again\n"
    )
    assert result.returncode == 1
    assert query("select count(*) from raw_data.orders") == [(3,)]
    fresh = warehouse.with_name("fresh.duckdb")
    assert _load_with_little_space(shop.directory, fresh).returncode == 1
    assert not fresh.exists()
