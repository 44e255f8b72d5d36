"""A table's file: where it is, what columns it has, and the SQL that reads it as it stands.

A file is `<table>.csv` or `<table>.parquet`. CSV is UTF-8 (a byte order mark is fine) with commas,
a header line and RFC 4180 quotes; the columns may come in any order, and their names in any case,
as in SQL. An empty value is null, quoted or not; so is an empty text in Parquet, because the same
shop must load to the same rows from either format.
"""

import csv
import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TextIO

import duckdb

from ecommerce_analytics.contract import Column, Contract, Table
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.load.sql import identifier, literal

FileFormat = Literal["csv", "parquet"]
FORMATS: tuple[FileFormat, ...] = ("parquet", "csv")

# DuckDB's own limit on a CSV line, in bytes.
LONGEST_LINE: Final = 2_000_000

_LONGEST_SHOWN: Final = 60
# DuckDB takes these for wildcards in a file's path; in brackets they stand for themselves.
_WILDCARDS = str.maketrans({character: f"[{character}]" for character in "*?["})
_SURROGATE = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True)
class SourceFile:
    """One table's file, its columns known to be the contract's.

    `types` gives for each contract column the type it has in a Parquet file; CSV has only text.
    `relation` is a SELECT of the raw values, each named `file.<column>`, in file order.
    """

    table: Table
    path: Path
    file_format: FileFormat
    types: Mapping[str, str]
    relation: str

    @property
    def row_number(self) -> str:
        """The SQL expression that numbers the rows of `relation` from 1, in file order."""
        return "file_row_number + 1" if self.file_format == "parquet" else "row_number() over ()"


def raw_name(column: str) -> str:
    """The quoted name that a column's raw value has in `SourceFile.relation`."""
    return identifier(f"file.{column}")


def find_files(source: Path, contract: Contract) -> dict[str, Path]:
    """Find the file of every table that the directory has one for.

    Args:
        source: The directory with a shop's files.
        contract: The tables to look for.

    Returns:
        The path for each table's name, in the contract's order; absent optional tables are not in.

    Raises:
        EcomError: There is no such directory, a required table has no file, or a table has two.
    """
    if not source.is_dir():
        raise EcomError(
            f"{source} is not a directory; name the one that holds the shop's files, "
            "such as the one that `ecom generate` wrote"
        )
    found: dict[str, Path] = {}
    for table in contract.tables:
        candidates = [source / f"{table.name}.{file_format}" for file_format in FORMATS]
        paths = [path for path in candidates if path.exists()]
        if len(paths) > 1:
            raise EcomError(
                f"{source} holds both {paths[0].name} and {paths[1].name}, expected one of them; "
                "remove the one that is out of date"
            )
        if not paths and not table.optional:
            raise EcomError(
                f"{source} has no file for the table {table.name}, expected {table.name}.parquet "
                f"or {table.name}.csv"
            )
        if paths and not paths[0].is_file():
            raise EcomError(f"{paths[0]} is not a file, expected the rows of {table.name}")
        if paths:
            found[table.name] = paths[0]
    return found


def strangers(source: Path, found: Iterable[Path]) -> tuple[str, ...]:
    """The names of the data files in the directory that belong to no table, sorted."""
    names = {path.name for path in source.iterdir() if path.suffix[1:] in FORMATS}
    return tuple(sorted(names - {path.name for path in found}))


def open_file(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> SourceFile:
    """Read what columns the file has and check their names; its rows are not read.

    Args:
        connection: Reads the Parquet footer; nothing is written through it.
        table: The contract of the file.
        path: The file, `.csv` or `.parquet`.

    Returns:
        The file, ready to be read through its `relation`.

    Raises:
        EcomError: The file is empty, cannot be read, or does not have the contract's columns.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise unreadable(path, error) from error
    if size == 0:
        expected = "a header line" if path.suffix == ".csv" else "a Parquet file"
        raise EcomError(f"{path} is empty, expected {expected} with the columns {_names(table)}")
    if path.suffix == ".csv":
        return _open_csv(table, path)
    return _open_parquet(connection, table, path)


def open_text(path: Path) -> TextIO:
    """Open a CSV file for `csv.reader`; bytes that are not UTF-8 become lone surrogates."""
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def is_text(value: str) -> bool:
    """Whether a value that `open_text` read was UTF-8 in the file."""
    return value.isascii() or not _SURROGATE.search(value)


def shown(value: str) -> str:
    """A value as an error message shows it: quoted, and cut where it is long."""
    text = value if len(value) <= _LONGEST_SHOWN else value[: _LONGEST_SHOWN - 3] + "..."
    return repr(text)


def unreadable(path: Path, error: OSError) -> EcomError:
    """The error for a file that the operating system does not let us read."""
    return EcomError(f"cannot read {path}: {error.strerror or error}")


def _open_csv(table: Table, path: Path) -> SourceFile:
    header = [name.lower() for name in _csv_header(table, path)]
    _check_columns(f"{path}, line 1", table, header)
    columns = ", ".join(f"{literal(f'file.{name}')}: 'VARCHAR'" for name in header)
    absent = _absent(table, header, lambda _: "VARCHAR")
    relation = (
        f"select *{_nulls(absent)} from read_csv({_path_literal(path)}, columns = {{{columns}}}, "  # noqa: S608
        "auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', "
        "nullstr = '', allow_quoted_nulls = true, encoding = 'utf-8', "
        "strict_mode = true, null_padding = false, hive_partitioning = false, "
        f"max_line_size = {LONGEST_LINE})"
    )
    types = {**dict.fromkeys(header, "VARCHAR"), **absent}
    return SourceFile(table, path, "csv", types, relation)


def _csv_header(table: Table, path: Path) -> list[str]:
    try:
        with open_text(path) as lines:
            header = next(csv.reader(lines, strict=True), [])
    except csv.Error as error:
        raise EcomError(
            f"{path}, line 1 is not CSV, expected the columns {_names(table)}"
        ) from error
    except OSError as error:
        raise unreadable(path, error) from error
    if not all(is_text(name) for name in header):
        raise EcomError(f"{path}, line 1 is not UTF-8 text, expected the columns {_names(table)}")
    return header


def _open_parquet(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> SourceFile:
    reader = (
        f"read_parquet({_path_literal(path)}, file_row_number = true, hive_partitioning = false)"
    )
    try:
        described = connection.execute(f"describe select * from {reader}").fetchall()  # noqa: S608
        schema = connection.execute(
            f"select name from parquet_schema({_path_literal(path)}) offset 1"  # noqa: S608
        ).fetchall()
    except duckdb.Error as error:
        raise EcomError(
            f"{path} is not a whole Parquet file, expected one with the columns {_names(table)}; "
            "it may be cut off or of another format"
        ) from error
    # The schema says when a name stands twice; reading renames the second one.
    _check_columns(str(path), table, [name.lower() for (name,) in schema])
    columns = {name: kind for name, kind, *_ in described if name != "file_row_number"}
    values = ", ".join(
        f"{_parquet_value(name, kind)} as {raw_name(name.lower())}"
        for name, kind in columns.items()
    )
    types = {name.lower(): kind for name, kind in columns.items()}
    absent = _absent(table, list(types), lambda column: _parquet_type(column.data_type))
    relation = f"select {values}{_nulls(absent)}, file_row_number from {reader}"  # noqa: S608
    return SourceFile(table, path, "parquet", {**types, **absent}, relation)


def _absent(table: Table, found: Sequence[str], type_of: Callable[[Column], str]) -> dict[str, str]:
    """The optional columns that the file does not have, each with the type of its nulls."""
    return {c.name: type_of(c) for c in table.file_columns if c.optional and c.name not in found}


def _nulls(absent: Mapping[str, str]) -> str:
    return "".join(f", cast(null as {kind}) as {raw_name(name)}" for name, kind in absent.items())


def _parquet_type(data_type: str) -> str:
    if data_type == "string":
        return "VARCHAR"
    return data_type.upper().replace("NUMERIC", "DECIMAL")


def _parquet_value(name: str, kind: str) -> str:
    # An empty text is null because in CSV it is.
    return f"nullif({identifier(name)}, '')" if kind == "VARCHAR" else identifier(name)


def _check_columns(place: str, table: Table, found: Sequence[str]) -> None:
    expected = [column.name for column in table.file_columns]
    for position, name in enumerate(found):
        if name in found[:position]:
            raise EcomError(f"{place} has the column {name} twice, expected it once")
    optional = {column.name for column in table.file_columns if column.optional}
    missing = [name for name in expected if name not in found and name not in optional]
    for name in found:
        if name not in expected:
            raise EcomError(_stranger(place, name, missing, expected))
    if missing:
        raise EcomError(
            f"{place} has no column {missing[0]}, expected the columns {', '.join(expected)}"
        )


def _stranger(place: str, name: str, missing: Sequence[str], expected: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, missing, n=1)
    instead = f"{close[0]} instead" if close else f"only {', '.join(expected)}"
    return f"{place} has a column {shown(name)} that the contract does not know, expected {instead}"


def _names(table: Table) -> str:
    return ", ".join(column.name for column in table.file_columns)


def _path_literal(path: Path) -> str:
    return literal(str(path.absolute()).translate(_WILDCARDS))
