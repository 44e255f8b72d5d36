"""The loader for DuckDB: loads all tables of a shop, or none, into the raw schema of a file."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb

from ecommerce_analytics.contract import LOADED_AT, Contract, Table, load_contract
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.load.breaches import check_types, explain, find_findings
from ecommerce_analytics.load.decimals import with_decimals
from ecommerce_analytics.load.faults import FaultsError
from ecommerce_analytics.load.files import SourceFile, find_files, open_file, strangers
from ecommerce_analytics.load.notes import notes_on
from ecommerce_analytics.load.person_key import keep_key
from ecommerce_analytics.load.rules import checked_select
from ecommerce_analytics.load.sql import identifier, literal, reader
from ecommerce_analytics.load.stamps import latest_stamp, next_stamp
from ecommerce_analytics.locks import holder

# Older clients cannot open DuckDB 2.0's default format; 1.4 is the oldest maintained release.
RAW_STORAGE_VERSION: Final = "v1.4.0"


@dataclass(frozen=True)
class LoadSummary:
    """The result of a load: rows per table in the contract's order, and the time taken.

    `ignored` names data files in the directory that belong to no table of the contract; `notes`
    are sentences about detected formats.
    """

    rows: Mapping[str, int]
    seconds: float
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def load_shop(
    source: Path,
    warehouse: Path,
    *,
    contract: Contract | None = None,
    loaded_at: datetime | None = None,
    has_person_key: bool = True,
    then: Callable[[duckdb.DuckDBPyConnection, Mapping[str, int], datetime], None] | None = None,
) -> LoadSummary:
    """Load a shop's files into a DuckDB warehouse in one transaction.

    Every row is checked against the contract's columns, types, nulls, keys and allowed values.
    Foreign keys are not enforced; dbt's `relationships` tests report orphans. If the load fails,
    the warehouse does not change, and a new one is removed. A table marked `kept` only gets rows
    with new keys. Other schemas and tables in the file do not change. Rows are stored in key order.

    Memory is bounded for any number of rows: files are streamed and spill to disk beside the
    warehouse.

    Args:
        source: The directory with `<table>.parquet` or `<table>.csv` for every required table.
        warehouse: The DuckDB file; created with its directories if missing.
        contract: The tables to load, by default the project's.
        loaded_at: The load time of every row, with a time zone; by default the later of now and a
            microsecond after the last load.
        has_person_key: Whether to store the person key here; false for staging files.
        then: Called within the transaction with the rows of each table and their load time.

    Returns:
        The rows loaded and the time taken.

    Raises:
        EcomError: A file breaks the contract, or the warehouse cannot be written.
    """
    started = time.perf_counter()
    contract = contract or load_contract()
    with reader() as connection:
        files, ignored = _open_files(connection, source, contract)
        with attached(connection, warehouse), transaction(connection, warehouse):
            stamp = next_stamp(loaded_at, latest(connection, contract))
            rows = _replace_tables(connection, contract, files, stamp)
            if has_person_key:
                keep_key(connection, contract, source)
            if then:
                then(connection, rows, stamp)
    return LoadSummary(rows, time.perf_counter() - started, ignored, notes_on(files))


def _open_files(
    connection: duckdb.DuckDBPyConnection, source: Path, contract: Contract
) -> tuple[list[SourceFile], tuple[str, ...]]:
    """The opened files of a shop, and the names of files that belong to no table."""
    paths, findings = find_files(source, contract)
    files = []
    for name, path in paths.items():
        try:
            file = check_types(connection, open_file(connection, contract.table(name), path))
            files.append(with_decimals(connection, file))
        except FaultsError as error:
            findings += error.findings
    if findings:
        raise FaultsError([*findings, *find_findings(files)])
    return files, strangers(source, paths.values())


@contextmanager
def attached(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> Iterator[None]:
    """Attach the warehouse; a new one is created, and removed on failure."""
    is_new = not warehouse.exists()
    options = f" (storage_version {literal(RAW_STORAGE_VERSION)})" if is_new else ""
    made = _make_parents(warehouse)
    try:
        connection.execute(f"set temp_directory = {literal(f'{warehouse}.tmp')}")
        try:
            connection.execute(f"attach {literal(str(warehouse))} as warehouse{options}")
        except duckdb.Error as error:
            raise _refused(warehouse, error) from error
        yield
        connection.execute("detach warehouse")
    except BaseException:
        connection.close()
        if is_new:
            warehouse.unlink(missing_ok=True)
            warehouse.with_name(f"{warehouse.name}.wal").unlink(missing_ok=True)
        for directory in made:
            directory.rmdir()
        raise


def _make_parents(warehouse: Path) -> list[Path]:
    """Create the warehouse's directory; returns the created ones, innermost first."""
    missing = [parent for parent in warehouse.absolute().parents if not parent.exists()]
    try:
        warehouse.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EcomError(
            f"cannot make the directory {warehouse.parent} for the warehouse: {error.strerror}"
        ) from error
    return missing


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> Iterator[None]:
    """Run a transaction; a DuckDB error becomes a message about the warehouse."""
    try:
        connection.execute("begin")
        yield
        connection.execute("commit")
    except duckdb.Error as error:
        raise _refused(warehouse, error) from error


def _replace_tables(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    files: list[SourceFile],
    stamp: datetime,
) -> dict[str, int]:
    schema = f"warehouse.{identifier(contract.schema)}"
    connection.execute(f"create schema if not exists {schema}")
    kept = [t for t in contract.tables if t.kept and t.name in stamped_tables(connection, contract)]
    for table in kept:
        connection.execute(
            f"create temp table {_aside(table)} as from {qualified(contract, table)}"
        )
    for table in contract.tables:
        connection.execute(f"drop table if exists {qualified(contract, table)}")
    rows = {
        file.table.name: _load_table(connection, contract, files, file, stamp) for file in files
    }
    for table in kept:
        _bring_back(connection, contract, table)
    return rows


def _aside(table: Table) -> str:
    return f"temp.main.{identifier(f'kept {table.name}')}"


def _bring_back(connection: duckdb.DuckDBPyConnection, contract: Contract, table: Table) -> None:
    """Restore the earlier rows of a `kept` table; they win over new rows with the same key."""
    target, aside = qualified(contract, table), _aside(table)
    same = " and ".join(f"new.{identifier(k)} = old.{identifier(k)}" for k in table.key)
    connection.execute(f"create table if not exists {target} as from {aside} limit 0")
    connection.execute(f"delete from {target} as new using {aside} as old where {same}")  # noqa: S608
    connection.execute(f"insert into {target} by name from {aside}")
    connection.execute(f"drop table {aside}")


def _load_table(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    files: list[SourceFile],
    file: SourceFile,
    stamp: datetime,
) -> int:
    target = qualified(contract, file.table)
    keys = ", ".join(identifier(name) for name in file.table.key)
    moment = literal(stamp.isoformat(sep=" "))
    try:
        connection.execute(
            f"create table {target} as "  # noqa: S608
            f"select *, cast({moment} as timestamp) as {identifier(LOADED_AT)} "
            f"from ({checked_select(file)}) order by {keys}"
        )
    except duckdb.Error as error:
        if _is_storage_trouble(error):
            raise
        connection.execute("rollback")
        raise explain(files, file, error) from error
    repeated = connection.execute(
        f"select 1 from {target} group by {keys} having count(*) > 1 limit 1"  # noqa: S608
    ).fetchone()
    if repeated:
        raise explain(files, file)
    counted = connection.execute(f"select count(*) from {target}").fetchone()  # noqa: S608
    return int(counted[0]) if counted else 0


def latest(connection: duckdb.DuckDBPyConnection, contract: Contract) -> datetime | None:
    """The latest load time in the attached warehouse's raw tables; null if there is none."""
    names = stamped_tables(connection, contract)
    tables = [qualified(contract, table) for table in contract.tables if table.name in names]
    found = connection.execute(latest_stamp(tables)).fetchone() if tables else None
    return found[0] if found else None


def stamped_tables(connection: duckdb.DuckDBPyConnection, contract: Contract) -> set[str]:
    """The attached warehouse's raw tables with the column `loaded_at`."""
    found = connection.execute(
        "select table_name from duckdb_columns() where database_name = 'warehouse' "
        "and schema_name = ? and column_name = ? and data_type = 'TIMESTAMP'",
        [contract.schema, LOADED_AT],
    ).fetchall()
    return {name for (name,) in found}


def qualified(contract: Contract, table: Table) -> str:
    """The table's name in the attached warehouse, quoted."""
    return f"warehouse.{identifier(contract.schema)}.{identifier(table.name)}"


def _is_storage_trouble(error: duckdb.Error) -> bool:
    return isinstance(error, duckdb.OutOfMemoryException | duckdb.FatalException) or bool(
        re.search(r"No space left|File too large|Could not write", str(error))
    )


def _refused(warehouse: Path, error: duckdb.Error) -> EcomError:
    """The message for a warehouse that cannot be opened or written."""
    message = str(error)
    if who := holder(message):
        return EcomError(
            f"{warehouse} is held by another process ({who}); close it there, then load again"
        )
    if "already attached" in message or "different configuration" in message:
        return EcomError(
            f"{warehouse} is open in this process already; close that connection, then load again"
        )
    if warehouse.is_dir():
        return EcomError(f"{warehouse} is a directory, expected a DuckDB file")
    if "not a valid DuckDB database" in message:
        return EcomError(
            f"{warehouse} is not a DuckDB file; name another one, or remove it to start afresh"
        )
    if re.search(r"No space left|File too large", message):
        return EcomError(
            f"the disk is full: {warehouse} could not be written and stays as it was; "
            "make room, then load again"
        )
    reason = message.strip().splitlines()[0]
    return EcomError(f"cannot write the warehouse {warehouse}: {reason}")
