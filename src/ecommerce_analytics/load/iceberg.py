"""Iceberg tables from checked rows: the files that carry them, and the statements that take them.

DuckDB writes Parquet files that Spark reads as they are. Every statement is one commit of one
table, because Spark has no transaction over several.
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
    # A time without a zone is another type to Spark than the contract's.
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
    """The statement that replaces a raw table, or makes it, by the rows of a file."""
    return (
        f"create or replace table {qualified(contract, table)} using iceberg as "
        f"{_select(table.columns, path)}"
    )


def upsert(contract: Contract, table: Table, path: str) -> str:
    """The statement that inserts a file's rows, or replaces those whose keys are there.

    A table that is kept keeps its own.
    """
    update = "" if table.kept else "when matched then update set * "
    return (
        f"merge into {qualified(contract, table)} as raw "
        f"using ({_select(table.columns, path)}) as changed on {_same_key(table, 'changed')} "
        f"{update}when not matched then insert *"
    )


def delete(contract: Contract, table: Table, path: str) -> str:
    """The statement that deletes the rows whose keys a file holds."""
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
    # Parquet files say of every column that it may be null; the table is to know better.
    values = ", ".join(
        column.name
        if column.nullable
        else f"coalesce({column.name}, raise_error('no {column.name}')) as {column.name}"
        for column in columns
    )
    return f"select {values} from parquet.`{path}`"  # noqa: S608
