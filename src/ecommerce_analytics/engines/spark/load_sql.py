"""Iceberg tables from checked rows: Parquet files and the statements that load them.

DuckDB writes Parquet files that Spark reads directly. Every statement is one commit of one table,
because Spark has no transaction over several tables.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from ecommerce_analytics.contract import Column, Contract, Table
from ecommerce_analytics.load.sql import identifier, literal


def write_rows(
    rows: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[Column], path: Path
) -> None:
    """Write rows as one Parquet file with Spark's types.

    Args:
        rows: Runs the query, in bounded memory.
        relation: The relation with the columns, of the contract's types; its order is kept.
        columns: The columns to write.
        path: The file.
    """
    # In Spark a time without a zone is a different type from the contract's.
    values = ", ".join(
        f"timezone('UTC', {identifier(column.name)}) as {identifier(column.name)}"
        if column.data_type == "timestamp"
        else identifier(column.name)
        for column in columns
    )
    rows.execute(
        f"copy (select {values} from {relation}) to {literal(str(path))} (format parquet)"  # noqa: S608
    )


def replace_table(contract: Contract, table: Table, path: str) -> str:
    """The statement that creates or replaces a raw table with the rows of a file."""
    return (
        f"create or replace table {qualified(contract, table)} using iceberg as "
        f"{_select(table.columns, path)}"
    )


def upsert(contract: Contract, table: Table, path: str) -> str:
    """The statement that inserts a file's rows, or replaces rows with the same keys.

    A table marked `kept` keeps its own rows.
    """
    update = "" if table.kept else "when matched then update set * "
    return (
        f"merge into {qualified(contract, table)} as raw "
        f"using ({_select(table.columns, path)}) as changed on {_same_key(table, 'changed')} "
        f"{update}when not matched then insert *"
    )


def delete(contract: Contract, table: Table, path: str) -> str:
    """The statement that deletes the rows with a file's keys."""
    key = [column for column in table.columns if column.is_key]
    return (
        f"merge into {qualified(contract, table)} as raw "
        f"using ({_select(key, path)}) as gone on {_same_key(table, 'gone')} "
        "when matched then delete"
    )


def qualified(contract: Contract, table: Table) -> str:
    """The table's name with its schema."""
    return f"{contract.schema}.{table.name}"


def _same_key(table: Table, other: str) -> str:
    return " and ".join(f"raw.{name} = {other}.{name}" for name in table.key)


def _select(columns: Sequence[Column], path: str) -> str:
    # Parquet columns are always nullable; the table's constraints are not.
    values = ", ".join(
        column.name
        if column.nullable
        else f"coalesce({column.name}, raise_error('no {column.name}')) as {column.name}"
        for column in columns
    )
    return f"select {values} from parquet.`{path}`"  # noqa: S608
