"""A batch of changes into the raw tables of a DuckDB warehouse."""

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
from ecommerce_analytics.load.warehouse import attached, qualified, transaction


def apply_changes(
    source: Path,
    warehouse: Path,
    *,
    contract: Contract | None = None,
    loaded_at: datetime | None = None,
) -> ChangeSummary:
    """Insert, replace and delete rows of a DuckDB warehouse's raw tables: all of it, or nothing.

    Args:
        source: The directory with the batch's files, see `changes`.
        warehouse: The DuckDB file, loaded before.
        contract: The tables, by default the project's.
        loaded_at: The instant to stamp on every row, by default now. With a time zone.

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
            merge(connection, contract, staged)
            keep_key(connection, contract, source)
            note(connection, contract, Load.of_batch(source), staged.upserts, loaded_at)
        return staged.summary(time.perf_counter() - started)


def note(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    load: Load,
    rows: Mapping[str, int],
    loaded_at: datetime | None,
) -> None:
    """Add a load's row to the attached warehouse's `audit.loads`."""
    loads = f"warehouse.{LOADS}"
    connection.execute("create schema if not exists warehouse.audit")
    connection.execute(create_table(loads, "varchar"))
    orders = f"warehouse.{identifier(contract.schema)}.orders"
    connection.execute(insert(load, rows.values(), loaded_at, orders, loads))


def merge(connection: duckdb.DuckDBPyConnection, contract: Contract, staged: StagedChanges) -> None:
    """Bring the attached warehouse a batch that is held ready, within a transaction."""
    # No two have one name: none can be detached before the transaction ends.
    batch = identifier(staged.database.parent.name)
    connection.execute(f"attach {literal(str(staged.database))} as {batch} (read_only)")
    for name in staged.deletes:
        table = contract.table(name)
        if _exists(connection, contract, table):
            _delete(connection, contract, table, f"{batch}.{DELETED}", deleted_name(name))
    for name in staged.upserts:
        table = contract.table(name)
        rows = f"{batch}.{CHANGED}.{identifier(name)}"
        target = qualified(contract, table)
        if _exists(connection, contract, table):
            _delete(connection, contract, table, f"{batch}.{CHANGED}", name)
            connection.execute(f"insert into {target} by name select * from {rows}")  # noqa: S608
        else:
            connection.execute(f"create table {target} as select * from {rows}")  # noqa: S608


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
