"""Applies a batch of changes to the raw tables of a DuckDB warehouse."""

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import duckdb

from ecommerce_analytics.contract import Contract, Table, load_contract
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.load.changes import (
    CHANGED,
    DELETED,
    ChangeSummary,
    StagedChanges,
    can_change,
    deleted_name,
    staged_changes,
)
from ecommerce_analytics.load.loads import LOADS, Load, create_table, insert
from ecommerce_analytics.load.person_key import keep_key
from ecommerce_analytics.load.sql import identifier, literal, reader
from ecommerce_analytics.load.stamps import next_stamp, stamped
from ecommerce_analytics.load.warehouse import attached, latest, qualified, transaction


def apply_changes(
    source: Path,
    warehouse: Path,
    *,
    contract: Contract | None = None,
    loaded_at: datetime | None = None,
) -> ChangeSummary:
    """Insert, replace and delete rows of a DuckDB warehouse's raw tables in one transaction.

    Args:
        source: The directory with the batch's files, see `changes`.
        warehouse: The DuckDB file, loaded before.
        contract: The tables, by default the project's.
        loaded_at: The load time of every row, with a time zone; by default the later of now and a
            microsecond after the last load.

    Returns:
        The rows of the batch and the time taken.

    Raises:
        EcomError: A file breaks the contract, or the warehouse cannot be written.
    """
    started = time.perf_counter()
    contract = contract or load_contract()
    if not warehouse.exists():
        raise EcomError(f"there is no warehouse {warehouse}; load a whole shop first: ecom load")
    with staged_changes(source, contract, loaded_at) as staged:
        with (
            reader() as connection,
            attached(connection, warehouse),
            transaction(connection, warehouse),
        ):
            stamp = next_stamp(loaded_at, latest(connection, contract))
            merge(connection, contract, staged, stamp)
            keep_key(connection, contract, source)
            note(connection, contract, Load.of_batch(source), staged.upserts, stamp)
        return staged.summary(time.perf_counter() - started)


def note(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    load: Load,
    rows: Mapping[str, int],
    stamp: datetime,
) -> None:
    """Add a load's row to the attached warehouse's `audit.loads`."""
    loads = f"warehouse.{LOADS}"
    connection.execute("create schema if not exists warehouse.audit")
    connection.execute(create_table(loads, "varchar"))
    orders = f"warehouse.{identifier(contract.schema)}.orders"
    connection.execute(insert(load, rows.values(), stamp, orders, loads))


def merge(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    staged: StagedChanges,
    stamp: datetime,
) -> None:
    """Apply a staged batch to the attached warehouse, within a transaction."""
    # Unique names, because a database cannot be detached before the transaction ends.
    batch = identifier(staged.database.parent.name)
    connection.execute(f"attach {literal(str(staged.database))} as {batch} (read_only)")
    for name in staged.deletes:
        table = contract.table(name)
        if _exists(connection, contract, table):
            _delete(connection, contract, table, f"{batch}.{DELETED}", deleted_name(name))
    for name in staged.upserts:
        table = contract.table(name)
        rows = stamped(f"{batch}.{CHANGED}.{identifier(name)}", stamp)
        target = qualified(contract, table)
        if not _exists(connection, contract, table):
            connection.execute(f"create table {target} as {rows}")
            continue
        if table.kept:
            keys = ", ".join(identifier(key) for key in table.key)
            rows = f"from ({rows}) anti join {target} using ({keys})"
        else:
            _delete(connection, contract, table, f"{batch}.{CHANGED}", name)
        connection.execute(f"insert into {target} by name {rows}")


def _delete(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    table: Table,
    schema: str,
    name: str,
) -> None:
    same = " and ".join(f"raw.{identifier(key)} = gone.{identifier(key)}" for key in table.key)
    connection.execute(
        f"delete from {qualified(contract, table)} as raw "  # noqa: S608
        f"using {schema}.{identifier(name)} as gone where {same}"
    )


def _exists(connection: duckdb.DuckDBPyConnection, contract: Contract, table: Table) -> bool:
    found = connection.execute(
        "select 1 from duckdb_tables() "
        "where database_name = 'warehouse' and schema_name = ? and table_name = ?",
        [contract.schema, table.name],
    ).fetchone()
    return can_change(contract, table, is_there=found is not None)
