"""Reports why files were rejected: file, row, column and expected value of every fault.

Loading only finds that something is wrong. This module reads the files again, more slowly, counts
the faults of each kind and finds the first of each in file order. CSV rows are reported by line
number, Parquet rows by their number from 1.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from ecommerce_analytics.contract import Column
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.load.csv_faults import find_faults, lines_of
from ecommerce_analytics.load.faults import (
    MOST_LISTED,
    FaultsError,
    Finding,
    first_of_each,
    one,
)
from ecommerce_analytics.load.files import (
    LONGEST_SHOWN,
    SourceFile,
    raw_name,
    shown,
    unreadable,
)
from ecommerce_analytics.load.rules import NO_VALUES, Rule, accepts, describe, rules, typed_select
from ecommerce_analytics.load.sql import identifier, literal, reader


@dataclass(frozen=True)
class _Kind:
    """Rows with one kind of fault: their number, and the first ones with their values."""

    label: str
    count: int
    rows: Sequence[Mapping[str, Any]]
    sentence: Callable[[Mapping[str, Any], Mapping[int, str]], str]


def check_types(connection: duckdb.DuckDBPyConnection, file: SourceFile) -> SourceFile:
    """Check that every Parquet column has a type that can hold the contract's values exactly.

    Args:
        connection: Reads columns of other types; nothing is written.
        file: The file, of either format.

    Returns:
        The file; a column of a wrong type with only nulls has the type `NO_VALUES`.

    Raises:
        FaultsError: A column has a wrong type.
    """
    if file.file_format == "csv":
        return file
    wrong = [
        column
        for column in file.table.file_columns
        if column.name in file.types and not accepts(column, file.types[column.name])
    ]
    empty = {c.name: NO_VALUES for c in wrong if not _has_values(connection, file, c)}
    faults = [
        f"{file.path}, column {column.name} has the type {_type_name(file.types[column.name])}, "
        f"expected {column.data_type} or a type that fits it exactly"
        for column in wrong
        if column.name not in empty
    ]
    if faults:
        raise FaultsError([one(file.path, fault) for fault in faults])
    return replace(file, types={**file.types, **empty})


def explain(
    files: Sequence[SourceFile], file: SourceFile, error: duckdb.Error | None = None
) -> EcomError:
    """The error for a failed load: all faults of all files.

    Args:
        files: All files of the load.
        file: The file that could not be read, or with repeated keys.
        error: DuckDB's error, reported if no fault is found.
    """
    if findings := find_findings(files):
        return FaultsError(findings)
    if error is None:
        return EcomError(f"{file.path} changed while it was read; load it again")
    reason = str(error).strip().splitlines()[0]
    return EcomError(f"{file.path} cannot be read: {reason}")


def find_findings(files: Sequence[SourceFile]) -> list[Finding]:
    """Every fault of the files' text, values and keys, counted by file and kind."""
    findings = []
    with tempfile.TemporaryDirectory(prefix="ecom-check-") as scratch, reader() as connection:
        connection.execute(f"set temp_directory = {literal(scratch)}")
        for file in files:
            try:
                findings += _findings(connection, file)
            except OSError as failure:
                findings.append(one(file.path, unreadable(file.path, failure)))
    return findings


def _findings(connection: duckdb.DuckDBPyConnection, file: SourceFile) -> list[Finding]:
    try:
        kinds = [*_broken_values(connection, file), *_repeated_keys(connection, file)]
    except duckdb.Error as error:
        if found := _unreadable_parts(connection, file):
            return found
        reason = str(error).strip().splitlines()[0]
        return [one(file.path, f"{file.path} cannot be read: {reason}")]
    listed = first_of_each([len(kind.rows) for kind in kinds])
    rows = [kind.rows[:most] for kind, most in zip(kinds, listed, strict=True)]
    names = _row_names(
        file, [r[n] for some in rows for r in some for n in ("row", "first") if n in r]
    )
    return [
        Finding(file.path, kind.label, kind.count, tuple(kind.sentence(r, names) for r in some))
        for kind, some in zip(kinds, rows, strict=True)
    ]


def _broken_values(connection: duckdb.DuckDBPyConnection, file: SourceFile) -> list[_Kind]:
    """The rows that break a rule, by rule; a row can break several."""
    broken = ", ".join(
        f"case when {rule.predicate} then {{'rule': {position}, 'value': "
        f"left(cast({raw_name(rule.column.name)} as varchar), {LONGEST_SHOWN + 1})}} end"
        for position, rule in enumerate(rules(file))
    )
    found = connection.execute(
        "select broken.rule, count(*), "  # noqa: S608
        f"arg_min({{'row': row, 'value': broken.value}}, row, {MOST_LISTED}) from ("
        f"select row, unnest([{broken}]) as broken "
        f"from (select *, {file.row_number} as row from ({typed_select(file)})) "
        "where breach is not null"
        ") where broken is not null group by all order by all"
    ).fetchall()
    return [_broken_kind(file, rules(file)[rule], count, rows) for rule, count, rows in found]


def _broken_kind(
    file: SourceFile, rule: Rule, count: int, rows: Sequence[Mapping[str, Any]]
) -> _Kind:
    column, file_type = rule.column.name, file.types[rule.column.name]

    def sentence(row: Mapping[str, Any], names: Mapping[int, str]) -> str:
        place = f"{file.path}, {names[row['row']]}, column {column}"
        if rule.kind == "null":
            return f"{place} is empty, expected {rule.expected()}"
        value = row["value"] or ""
        return f"{place}: found {shown(value)}, expected {rule.expected(value, file_type)}"

    empty = " is empty" if rule.kind == "null" else ""
    label = f", column {column}{empty}, expected {rule.expected(file_type=file_type)}"
    return _Kind(label, count, rows, sentence)


def _repeated_keys(connection: duckdb.DuckDBPyConnection, file: SourceFile) -> list[_Kind]:
    """The rows that repeat the key of an earlier row."""
    keys = ", ".join(identifier(name) for name in file.table.key)
    known = " and ".join(f"{identifier(name)} is not null" for name in file.table.key)
    values = ", ".join(f"cast({identifier(name)} as varchar)" for name in file.table.key)
    [(count, rows)] = connection.execute(
        "select count(*), "  # noqa: S608
        "arg_min({'row': row, 'first': first, 'values': "
        f"[{values}]}}, row, {MOST_LISTED}) from ("
        f"select row, {keys}, lag(row) over (partition by {keys} order by row) as first "
        f"from (select {file.row_number} as row, {keys} from ({typed_select(file)})) "
        f"where {known}) where first is not null"
    ).fetchall()
    text = [c.data_type == "string" for c in file.table.columns if c.is_key]
    columns = f"column{'s' * (len(file.table.key) > 1)} {', '.join(file.table.key)}"

    def sentence(row: Mapping[str, Any], names: Mapping[int, str]) -> str:
        values = [shown(v) if quoted else v for v, quoted in zip(row["values"], text, strict=True)]
        return (
            f"{file.path}, {names[row['row']]}, {columns}: {', '.join(values)} is already the key "
            f"of {names[row['first']]}, expected every key once"
        )

    return (
        [_Kind(f", {columns}: a key that is there already", count, rows, sentence)] if count else []
    )


def _row_names(file: SourceFile, rows: Sequence[int]) -> dict[int, str]:
    if file.file_format == "parquet":
        return {row: f"row {row}" for row in rows}
    return {row: f"line {line}" for row, line in lines_of(file, rows).items()}


def _unreadable_parts(connection: duckdb.DuckDBPyConnection, file: SourceFile) -> list[Finding]:
    """The faults of a CSV file's text, or the columns of a Parquet file that cannot be read."""
    if file.file_format == "csv":
        return find_faults(file)
    sentences = [
        f"{file.path}, column {column.name} cannot be read, expected {describe(column)}; "
        "the file is damaged or its text is not UTF-8"
        for column in file.table.file_columns
        if column.name in file.types and _fails(connection, file, column)
    ]
    return [one(file.path, sentence) for sentence in sentences]


def _fails(connection: duckdb.DuckDBPyConnection, file: SourceFile, column: Column) -> bool:
    try:
        connection.execute(
            f"select max({raw_name(column.name)}) from ({file.relation})"  # noqa: S608
        ).fetchall()
    except duckdb.Error:
        return True
    return False


def _has_values(connection: duckdb.DuckDBPyConnection, file: SourceFile, column: Column) -> bool:
    try:
        [(count,)] = connection.execute(
            f"select count({raw_name(column.name)}) from ({file.relation})"  # noqa: S608
        ).fetchall()
    except duckdb.Error:
        return True
    return bool(count)


def _type_name(duckdb_type: str) -> str:
    """A type's name for a message, shortened if nested."""
    name = duckdb_type.lower()
    return name if len(name) <= LONGEST_SHOWN else f"{name[: LONGEST_SHOWN - 3]}..."
