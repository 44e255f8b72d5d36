"""Why a file was refused, in one sentence that names file, row, column and what was expected.

Loading only learns that something is wrong. This module reads the file again, slowly where it has
to, and finds the first fault in file order. CSV rows are named by the line on which they start in
an editor, Parquet rows by their number from 1.
"""

import contextlib

import duckdb

from ecommerce_analytics.contract import Column
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.load.csv_faults import find_fault, line_of
from ecommerce_analytics.load.files import SourceFile, raw_name, shown, unreadable
from ecommerce_analytics.load.rules import BREACH_MARK, accepts, describe, rules, typed_select
from ecommerce_analytics.load.sql import identifier


def check_types(file: SourceFile) -> None:
    """Check that every Parquet column has a type that can hold the contract's values exactly.

    Raises:
        EcomError: A column has not.
    """
    if file.file_format == "csv":
        return
    for column in file.table.file_columns:
        found = file.types[column.name]
        if not accepts(column, found):
            raise EcomError(
                f"{file.path}, column {column.name} has the type {found.lower()}, expected "
                f"{column.data_type} or a type that fits it exactly"
            )


def explain(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, error: duckdb.Error
) -> EcomError:
    """Find out why `rules.checked_select` raised.

    Args:
        connection: The connection that raised, its transaction rolled back.
        file: The file that it read.
        error: What it raised.

    Returns:
        The error to raise: the first broken row where there is one, else what DuckDB said.
    """
    try:
        sentence = _first_breach(connection, file, broke_rule=BREACH_MARK in str(error))
    except OSError as failure:
        return unreadable(file.path, failure)
    reason = str(error).strip().splitlines()[0]
    return EcomError(sentence or f"{file.path} cannot be read: {reason}")


def explain_repeated_key(connection: duckdb.DuckDBPyConnection, file: SourceFile) -> EcomError:
    """Say which row repeats which row's key, in a file whose rows are otherwise sound."""
    keys = ", ".join(identifier(name) for name in file.table.key)
    repeated = connection.execute(
        f"select row, first_row, {keys} from ("  # noqa: S608
        f"select row, {keys}, lag(row) over (partition by {keys} order by row) as first_row "
        f"from (select {file.row_number} as row, {keys} from ({typed_select(file)}))) "
        "where first_row is not null order by row limit 1"
    ).fetchone()
    if repeated is None:
        return EcomError(f"{file.path} changed while it was read; load it again")
    row, first_row, *values = repeated
    names = ", ".join(file.table.key)
    plural = "column" if len(values) == 1 else "columns"
    return EcomError(
        f"{_place(file, row)}, {plural} {names}: {', '.join(map(str, values))} is already the key "
        f"of {_row_name(file, first_row)}, expected every key once"
    )


def _first_breach(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, *, broke_rule: bool
) -> str | None:
    if broke_rule:
        # The text may still have a fault before or behind the row.
        with contextlib.suppress(duckdb.Error):
            return _broken_row(connection, file)
    if file.file_format == "csv":
        return find_fault(file)
    return _broken_column(connection, file)


def _broken_row(connection: duckdb.DuckDBPyConnection, file: SourceFile) -> str | None:
    values = ", ".join(
        f"cast({raw_name(column.name)} as varchar)" for column in file.table.file_columns
    )
    broken = connection.execute(
        f"select row, breach, {values} from "  # noqa: S608
        f"(select *, {file.row_number} as row from ({typed_select(file)})) "
        "where breach is not null order by row limit 1"
    ).fetchone()
    if broken is None:
        return None
    row, breach, *raw = broken
    rule = rules(file)[breach]
    place = f"{_place(file, row)}, column {rule.column.name}"
    if rule.kind == "null":
        return f"{place}: found no value, expected {rule.expected}"
    value = raw[file.table.file_columns.index(rule.column)]
    return f"{place}: found {shown(value)}, expected {rule.expected}"


def _place(file: SourceFile, row: int) -> str:
    return f"{file.path}, {_row_name(file, row)}"


def _row_name(file: SourceFile, row: int) -> str:
    if file.file_format == "parquet":
        return f"row {row}"
    return f"line {line_of(file.path, row)}"


def _broken_column(connection: duckdb.DuckDBPyConnection, file: SourceFile) -> str | None:
    """The first column of a Parquet file whose pages cannot be read."""
    for column in file.table.file_columns:
        if _fails(connection, file, column):
            return (
                f"{file.path}, column {column.name} cannot be read, expected {describe(column)}; "
                "the file is damaged or its text is not UTF-8"
            )
    return None


def _fails(connection: duckdb.DuckDBPyConnection, file: SourceFile, column: Column) -> bool:
    try:
        connection.execute(
            f"select max({raw_name(column.name)}) from ({file.relation})"  # noqa: S608
        ).fetchall()
    except duckdb.Error:
        return True
    return False
