"""SQL to load raw tables into PostgreSQL: DDL, and rows in COPY's text format.

Both follow the source contract. DuckDB writes the rows as text, column by column, so rows never
become Python objects.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ecommerce_analytics.contract import LOADED_AT, Column, Contract, Table
from ecommerce_analytics.load.sql import identifier

# Rows per batch from DuckDB; a few megabytes of text.
_BATCH: Final = 16_384
# Every row of a load has its transaction's start time.
NOW: Final = "(now() at time zone 'UTC')"


def create_table(contract: Contract, table: Table) -> str:
    """The statement that creates a raw table with the contract's columns and constraints.

    Foreign keys are left out, because replicated tables may arrive in any order.

    Args:
        contract: Gives the schema.
        table: The table.

    Returns:
        `create table if not exists`, without a semicolon. `loaded_at` has a default for loads that
        do not set it.
    """
    lines = [_definition(column) for column in table.columns]
    lines.append(f"primary key ({_names(table.key)})")
    body = ",\n    ".join(lines)
    return f"create table if not exists {qualified(contract, table)} (\n    {body}\n)"


def copy_statement(contract: Contract, table: Table, columns: Sequence[Column]) -> str:
    """The COPY statement for these columns in the text format, without a semicolon."""
    names = _names([column.name for column in columns])
    return f"copy {qualified(contract, table)} ({names}) from stdin"


def copy_lines(
    connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[Column]
) -> Iterator[bytes]:
    r"""Rows in COPY's text format: tabs between values, `\N` for null, LF at the end.

    Args:
        connection: Runs the query, in bounded memory.
        relation: A SELECT with (at least) the columns, of the contract's types; its order is kept.
        columns: The columns to write, in the order of `copy_statement`.

    Yields:
        UTF-8 text of whole lines, several megabytes at most. Nothing where there are no rows.
    """
    values = ", chr(9), ".join(_as_text(column) for column in columns)
    query = f"select concat({values}, chr(10)) as line from ({relation})"  # noqa: S608
    for batch in connection.sql(query).to_arrow_reader(_BATCH):
        if batch.num_rows:
            yield _text_of(batch.column(0))


def qualified(contract: Contract, table: Table) -> str:
    """The table's name with its schema, quoted."""
    return f"{identifier(contract.schema)}.{identifier(table.name)}"


def _definition(column: Column) -> str:
    parts = [identifier(column.name), _type(column)]
    if column.name == LOADED_AT:
        parts.append(f"default {NOW}")
    if not column.nullable:
        parts.append("not null")
    if column.check:
        parts.append(f"check ({column.check})")
    return " ".join(parts)


def _type(column: Column) -> str:
    return "text" if column.data_type == "string" else column.data_type


def _names(names: Sequence[str]) -> str:
    return ", ".join(identifier(name) for name in names)


def _as_text(column: Column) -> str:
    value = identifier(column.name)
    if column.data_type == "string":
        # The backslash first, because the other replacements write backslashes.
        for code, escaped in ((92, r"\\"), (9, r"\t"), (10, r"\n"), (13, r"\r")):
            value = f"replace({value}, chr({code}), '{escaped}')"
    else:
        value = f"cast({value} as varchar)"
    return rf"coalesce({value}, '\N')"


def _text_of(lines: Any) -> bytes:
    whole: Any = pa.ListArray.from_arrays(pa.array([0, len(lines)], pa.int32()), lines)
    joined: Any = pc.binary_join(whole, "")
    text: bytes = joined[0].as_buffer().to_pybytes()
    return text
