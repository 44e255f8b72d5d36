"""Why a file was refused, in one sentence that names file, row, column and what was expected.

Loading only learns that something is wrong. This module reads the file again, slowly where it has
to, and finds the first fault in file order. CSV rows are named by the line on which they start in
an editor, Parquet rows by their number from 1.
"""

import csv
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import duckdb

from ecommerce_analytics.contract import Column
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.load.files import SourceFile, is_text, open_text, raw_name, unreadable
from ecommerce_analytics.load.rules import accepts, describe, rules, typed_select
from ecommerce_analytics.load.sql import identifier

_LONGEST_SHOWN: Final = 60
_FIELD = re.compile(r'"(?:[^"]|"")*"|[^,"\r\n][^,\r\n]*|')
# DuckDB's own limit on a CSV line, in bytes.
_LONGEST_LINE: Final = 2_000_000


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
        sentence = _broken_text(file) or _broken_row(connection, file)
    except OSError as failure:
        return unreadable(file.path, failure)
    except duckdb.Error:
        sentence = _broken_parquet(connection, file)
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
    row, breach, *shown = broken
    rule = rules(file)[breach]
    place = f"{_place(file, row)}, column {rule.column.name}"
    if rule.kind == "null":
        return f"{place}: found no value, expected {rule.expected}"
    value = shown[file.table.file_columns.index(rule.column)]
    return f"{place}: found {_shown(value)}, expected {rule.expected}"


def _place(file: SourceFile, row: int) -> str:
    return f"{file.path}, {_row_name(file, row)}"


def _row_name(file: SourceFile, row: int) -> str:
    if file.file_format == "parquet":
        return f"row {row}"
    return f"line {_line_of(file.path, row)}"


def _line_of(path: Path, row: int) -> int:
    # Values may hold line breaks, so that a row's line is known only by reading up to it.
    return next(islice(_records(path), row, None))[0]


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each record of a CSV file, the header first, with the line on which it starts."""
    csv.field_size_limit(_LONGEST_LINE)
    with open_text(path) as lines:
        reader = csv.reader(lines, strict=True)
        start = 1
        for record in reader:
            if record:  # DuckDB skips empty lines too.
                yield start, record
            start = reader.line_num + 1


def _broken_text(file: SourceFile) -> str | None:
    """The first place where a CSV file is not UTF-8, not CSV, or has a row of another length."""
    if file.file_format == "parquet":
        return None
    columns = list(file.types)
    start = 1
    try:
        for start, record in _records(file.path):
            for name, value in zip(columns, record, strict=False):
                if not is_text(value):
                    return (
                        f"{file.path}, line {start}, column {name} is not UTF-8 text, expected "
                        "the whole file in UTF-8"
                    )
            if len(record) != len(columns):
                return (
                    f"{file.path}, line {start} has {len(record)} values, expected "
                    f"{len(columns)}, the last one {columns[-1]}"
                )
    except csv.Error:
        return _broken_quotes(file, columns)
    return None


def _broken_quotes(file: SourceFile, columns: list[str]) -> str:
    """Name the line and column where the quotes of a CSV file go wrong."""
    good = _count_good_records(file.path)
    with open_text(file.path) as lines:
        reader = csv.reader(lines, strict=True)
        for _ in islice(reader, good):
            pass
        start = reader.line_num + 1
    with open_text(file.path) as lines:
        text = "".join(islice(lines, start - 1, None))
    position, end = 0, 0
    while (match := _FIELD.match(text, end)) and text[match.end() : match.end() + 1] == ",":
        position, end = position + 1, match.end() + 1
    column = columns[min(position, len(columns) - 1)]
    return (
        f"{file.path}, line {start}, column {column}: found a quote out of place, expected a "
        'quoted value to end with " before the next comma, and a quote within it doubled'
    )


def _count_good_records(path: Path) -> int:
    count = 0
    with open_text(path) as lines:
        reader = csv.reader(lines, strict=True)
        try:
            for _ in reader:
                count += 1
        except csv.Error:
            return count
    return count


def _broken_parquet(connection: duckdb.DuckDBPyConnection, file: SourceFile) -> str | None:
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


def _shown(value: str) -> str:
    text = value if len(value) <= _LONGEST_SHOWN else value[: _LONGEST_SHOWN - 3] + "..."
    return repr(text)
