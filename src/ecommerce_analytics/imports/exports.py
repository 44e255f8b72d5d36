"""Exported CSV files: their headers, their rows as text, and their faults."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from ecommerce_analytics.contract import Table
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.load.csv_faults import find_faults, lines_of
from ecommerce_analytics.load.faults import MOST_LISTED, FaultsError, Finding, one
from ecommerce_analytics.load.files import (
    DELIMITERS,
    LONGEST_SHOWN,
    SourceFile,
    csv_relation,
    is_text,
    is_utf16,
    read_headers,
    shown,
    unreadable,
)
from ecommerce_analytics.load.sql import identifier, literal

NOT_DONE: Final = "written"


@dataclass(frozen=True)
class Export:
    """One exported CSV file and its column names, without surrounding blanks."""

    path: Path
    delimiter: str
    header: tuple[str, ...]

    @property
    def source(self) -> SourceFile:
        """The file in the form that the loader's fault search needs."""
        names = [f"column.{position}" for position in range(len(self.header))]
        relation = csv_relation(self.path, names, self.delimiter)
        table = Table(self.path.stem, optional=False, columns=())
        return SourceFile(table, self.path, "csv", {}, relation, self.header, (), self.delimiter)

    def column(self, name: str) -> str | None:
        """The SQL expression of a column, by its name in any case; None if it does not exist."""
        names = [found.lower() for found in self.header]
        if name.lower() not in names:
            return None
        return identifier(f"column.{names.index(name.lower())}")

    def repeated(self, names: Iterable[str]) -> str | None:
        """The sentence for the first of these names that the header has twice, in any case."""
        found = [name.lower() for name in self.header]
        name = next((name for name in names if found.count(name.lower()) > 1), None)
        return name and f"{self.path}, line 1 has the column {name} twice, expected it once"


@dataclass(frozen=True)
class Shape:
    """The expected form of values, as a regular expression and in words."""

    pattern: str
    expected: str


def open_export(path: Path, known: Iterable[str], delimiter: str | None = None) -> Export:
    """Read the header of an exported CSV file.

    Args:
        path: The file.
        known: Column names to expect, by which the separator is found.
        delimiter: The separator between values, if known.

    Returns:
        The file, without reading its rows.

    Raises:
        FaultsError: It cannot be read, is empty or is not CSV in UTF-8.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise _fault(path, unreadable(path, error)) from error
    if not start:
        raise _fault(path, f"{path} is empty, expected a CSV file with a header line")
    if start.startswith(b"PK\x03\x04"):
        raise _fault(path, f"{path} is a zip archive or a spreadsheet, expected a CSV file")
    if is_utf16(start):
        raise _fault(path, f"{path} is UTF-16 text, expected UTF-8; save it as CSV in UTF-8")
    expected = {name.lower() for name in known}
    headers, sentence = read_headers(path, (delimiter,) if delimiter else DELIMITERS)
    read = {separator: tuple(map(str.strip, names)) for separator, names in headers.items()}
    if not read:
        raise _fault(path, sentence or f"{path}, line 1 is not CSV, expected a header line")

    def columns(separator: str) -> tuple[int, int]:
        names = read[separator]
        return len(expected & {name.lower() for name in names}), len(names)

    best = max(read, key=columns)
    if not all(is_text(name) for name in read[best]):
        raise _fault(path, f"{path}, line 1 is not UTF-8 text; save it as CSV in UTF-8")
    return Export(path, best, read[best])


@contextmanager
def explained(exports: Sequence[Export]) -> Iterator[None]:
    """Turn DuckDB's error about files that are not CSV into faults by line."""
    try:
        yield
    except duckdb.Error as error:
        if findings := [finding for export in exports for finding in find_faults(export.source)]:
            raise FaultsError(findings, NOT_DONE) from error
        names = ", ".join(str(export.path) for export in exports)
        found = str(error).strip().splitlines()[0]
        raise EcomError(f"{names} cannot be read: {found}") from error


def read_rows(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    exports: Sequence[Export],
    names: Sequence[str],
) -> None:
    """Read exports of one kind into a temporary table of text.

    Args:
        connection: The connection for the table.
        view: Its name.
        exports: The files; there may be none.
        names: The columns to read; those missing in a file are null.

    Raises:
        FaultsError: A file is not CSV, or has lines with a wrong number of values.
    """
    parts = [_rows(position, export, names) for position, export in enumerate(exports)]
    columns = ", ".join(f"cast(null as varchar) as {identifier(name)}" for name in names)
    empty = f"select 0 as export, 0 as row_number, {columns} where false"
    with explained(exports):
        every = " union all ".join([empty, *parts])
        connection.execute(f"create or replace temp table {identifier(view)} as {every}")


def _rows(position: int, export: Export, names: Sequence[str]) -> str:
    columns = ", ".join(f"{export.column(name) or 'null'} as {identifier(name)}" for name in names)
    return (
        f"select {position} as export, row_number() over () as row_number, {columns} "  # noqa: S608
        f"from ({export.source.relation})"
    )


def find_misfits(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    exports: Sequence[Export],
    shapes: Mapping[str, Shape],
) -> list[Finding]:
    """The values of columns that do not have the column's shape.

    Args:
        connection: Has the table of `read_rows`.
        view: Its name.
        exports: Its files.
        shapes: The expected form of each checked column.

    Returns:
        A finding per file and column.
    """
    names = list(shapes)
    cases = ", ".join(
        f"case when not regexp_full_match(trim({identifier(name)}), "
        f"{literal(shapes[name].pattern)}) then {{'column': {position}, "
        f"'value': left({identifier(name)}, {LONGEST_SHOWN + 1})}} end"
        for position, name in enumerate(names)
    )
    found = connection.execute(
        "select export, misfit.column, count(*), "  # noqa: S608
        f"arg_min({{'row': row_number, 'value': misfit.value}}, row_number, {MOST_LISTED}) from ("
        f"select export, row_number, unnest([{cases}]) as misfit from {identifier(view)}"
        ") where misfit is not null group by all order by all"
    ).fetchall()
    findings = []
    for position, column, count, rows in found:
        export, name = exports[position], names[column]
        lines = lines_of(export.source, [row["row"] for row in rows])
        sentences = tuple(
            f"{export.path}, line {lines[row['row']]}, column {name}: found "
            f"{shown(row['value'])}, expected {shapes[name].expected}"
            for row in rows
        )
        kind = f", column {name}, expected {shapes[name].expected}"
        findings.append(Finding(export.path, kind, count, sentences))
    return findings


def _fault(path: Path, sentence: str) -> EcomError:
    return FaultsError([one(path, sentence)], NOT_DONE)
