"""A table's file: its path, its columns, and the SQL that reads its raw values.

A file is `<table>.csv` or `<table>.parquet`. CSV is UTF-8 (a byte order mark is fine) with a header
line, RFC 4180 quotes, and commas, semicolons or tabs between the values. The columns may come in
any order, and their names in any case, as in SQL; other columns are ignored. An empty value is
null, quoted or not. So are an empty text and a NaN in Parquet, so that both formats load the same
rows.
"""

import csv
import difflib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TextIO

import duckdb

from ecommerce_analytics.contract import Contract, Table
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.load.faults import FaultsError, Finding, one
from ecommerce_analytics.load.sql import identifier, literal

FileFormat = Literal["csv", "parquet"]
FORMATS: tuple[FileFormat, ...] = ("parquet", "csv")

# The limit on a CSV line in bytes, equal to DuckDB's.
LONGEST_LINE: Final = 2_000_000
TOO_LONG: Final = f"is longer than {LONGEST_LINE:,} characters, expected a shorter one"
DELIMITERS: Final[Mapping[str, str]] = {",": "commas", ";": "semicolons", "\t": "tabs"}

# The extensions of files that hold data, whether or not we read them.
_DATA_FILES: Final = frozenset(
    (
        "csv",
        "parquet",
        "tsv",
        "txt",
        "json",
        "jsonl",
        "xlsx",
        "xls",
        "gz",
        "zip",
        "bz2",
        "xz",
        "zst",
    )
)

LONGEST_SHOWN: Final = 60
# DuckDB treats these as wildcards in a path; in brackets they are literal.
_WILDCARDS = str.maketrans({character: f"[{character}]" for character in "*?["})
_SURROGATE = re.compile("[\udc80-\udcff]")
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class SourceFile:
    """One table's file, with columns checked against the contract.

    `types` has the type of each contract column in the file; CSV has only text. `relation` is a
    SELECT of the raw values, each named `file.<column>`, in file order. `header` has the names of
    all columns as written in the file, `ignored` those that are not in the contract.
    """

    table: Table
    path: Path
    file_format: FileFormat
    types: Mapping[str, str]
    relation: str
    header: tuple[str, ...]
    ignored: tuple[str, ...]
    delimiter: str = ","
    decimal_comma: bool = False

    @property
    def row_number(self) -> str:
        """The SQL expression that numbers the rows of `relation` from 1, in file order."""
        return "file_row_number + 1" if self.file_format == "parquet" else "row_number() over ()"


def raw_name(column: str) -> str:
    """The quoted name of a column's raw value in `SourceFile.relation`."""
    return identifier(f"file.{column}")


def find_files(source: Path, contract: Contract) -> tuple[dict[str, Path], list[Finding]]:
    """Find each table's file in the directory.

    Args:
        source: The directory with a shop's files.
        contract: The tables to look for.

    Returns:
        The path by table name, in the contract's order, without absent optional tables. And the
        faults: a required table without a file, a table with two files, entries that are not
        files, and files that are not read, such as `refunds.csv.gz`: the table is not absent.

    Raises:
        EcomError: The directory does not exist.
    """
    if not source.is_dir():
        raise EcomError(
            f"{source} is not a directory; name the one that holds the shop's files, "
            "such as the one that `ecom generate` wrote"
        )
    found: dict[str, Path] = {}
    findings: list[Finding] = []
    missing = []
    for table in contract.tables:
        candidates = [source / f"{table.name}.{file_format}" for file_format in FORMATS]
        # A dangling link counts as present: its table is not absent, only its file.
        paths = [path for path in candidates if os.path.lexists(path)]
        if not paths:
            if misnamed := _misnamed(source, table):
                expected = f"expected {table.name}.csv or {table.name}.parquet"
                findings.append(one(misnamed, f"{misnamed} is not a file that is read, {expected}"))
            elif not table.optional:
                missing.append(table.name)
        elif fault := _wrong_file(source, table, paths):
            findings.append(one(paths[0] if len(paths) == 1 else source, fault))
        else:
            found[table.name] = paths[0]
    if missing:
        findings.insert(0, one(source, _missing_files(source, missing)))
    return found, findings


def _misnamed(source: Path, table: Table) -> Path | None:
    """A file that is meant for the table by its name, but compressed or of another format."""
    for path in sorted(source.iterdir()):
        name, *extensions = path.name.lower().removeprefix(table.name).split(".")
        is_ours = path.name.lower().startswith(table.name) and not name
        if is_ours and extensions and _DATA_FILES.issuperset(extensions):
            return path
    return None


def _missing_files(source: Path, tables: Sequence[str]) -> str:
    if len(tables) == 1:
        [name] = tables
        return f"{source} has no file for the table {name}, expected {name}.parquet or {name}.csv"
    return (
        f"{source} has no files for the tables {', '.join(tables)}, "
        "expected <table>.parquet or <table>.csv for each"
    )


def _wrong_file(source: Path, table: Table, paths: Sequence[Path]) -> str | None:
    if len(paths) > 1:
        return (
            f"{source} holds both {paths[0].name} and {paths[1].name}, expected one of them; "
            "remove the one that is out of date"
        )
    [path] = paths
    if not path.exists():
        return (
            f"{path} is a link to {os.readlink(path)}, which is not there; "  # noqa: PTH115
            f"expected the rows of {table.name}"
        )
    if not path.is_file():
        return f"{path} is not a file, expected the rows of {table.name}"
    return None


def strangers(source: Path, found: Iterable[Path]) -> tuple[str, ...]:
    """The sorted names of data files in the directory that belong to no table."""
    names = {path.name for path in source.iterdir() if path.suffix[1:] in FORMATS}
    return tuple(sorted(names - {path.name for path in found}))


def open_file(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> SourceFile:
    """Read the file's columns and check their names, without reading rows.

    Args:
        connection: Reads the Parquet footer; nothing is written.
        table: The contract of the file.
        path: The file, `.csv` or `.parquet`.

    Returns:
        The file, readable through its `relation`.

    Raises:
        FaultsError: The file is empty, cannot be read, or lacks columns of the contract.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise FaultsError([one(path, unreadable(path, error))]) from error
    if not start:
        expected = "a header line" if path.suffix == ".csv" else "a Parquet file"
        sentence = f"{path} is empty, expected {expected} with the columns {_names(table)}"
        raise FaultsError([one(path, sentence)])
    if path.suffix == ".csv":
        return _open_csv(table, path, start)
    return _open_parquet(connection, table, path)


class RecordTooLongError(Exception):
    """A CSV record is longer than `LONGEST_LINE`."""


class Lines(Iterator[str]):
    """The lines of a CSV file, stored until cleared, in bounded memory.

    Raises `RecordTooLongError` if more than `LONGEST_LINE` bytes would be stored.
    """

    def __init__(self, text: TextIO) -> None:
        """Read the lines of `text`, which `open_text` opened."""
        self._text = text
        self.taken: list[str] = []
        self._size = 0

    def __next__(self) -> str:
        """The next line with its end."""
        line = self._text.readline(LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        self.taken.append(line)
        whole = line.isascii()
        self._size += len(line) if whole else len(line.encode("utf-8", "surrogateescape"))
        if self._size > LONGEST_LINE:
            raise RecordTooLongError
        return line

    def clear(self) -> None:
        """Clear the stored lines at the start of a new record."""
        self.taken, self._size = [], 0


def open_text(path: Path) -> TextIO:
    """Open a CSV file for `csv.reader`; bytes that are not UTF-8 become lone surrogates."""
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def is_text(value: str) -> bool:
    """Whether a value that `open_text` read was UTF-8 in the file."""
    return value.isascii() or not _SURROGATE.search(value)


def shown(value: str) -> str:
    """A value for an error message: quoted and shortened."""
    text = value if len(value) <= LONGEST_SHOWN else value[: LONGEST_SHOWN - 3] + "..."
    return repr(text)


def unreadable(path: Path, error: OSError) -> str:
    """The message for a file that cannot be read."""
    return f"{path} cannot be read: {error.strerror or error}"


def is_utf16(start: bytes) -> bool:
    """Whether a file with these first bytes is UTF-16 text."""
    return start.startswith(_UTF16) or b"\0" in start


def read_headers(path: Path, delimiters: Iterable[str]) -> tuple[dict[str, list[str]], str | None]:
    """Read a CSV file's first line with each separator that can split it.

    Args:
        path: The file.
        delimiters: The separators to try.

    Returns:
        The names by separator. And the sentence for a file that cannot be read; None if the line
        is not CSV with any separator.
    """
    read: dict[str, list[str]] = {}
    sentence = None
    for delimiter in delimiters:
        try:
            with open_text(path) as text:
                read[delimiter] = next(
                    csv.reader(Lines(text), delimiter=delimiter, strict=True), []
                )
        except csv.Error:
            # With the wrong separator, a quoted name ends too early.
            continue
        except RecordTooLongError:
            sentence = f"{path}, line 1 {TOO_LONG}"
        except OSError as error:
            sentence = unreadable(path, error)
    return read, sentence


def _open_csv(table: Table, path: Path, start: bytes) -> SourceFile:
    if is_utf16(start):
        sentence = f"{path} is UTF-16 text, expected UTF-8; save it as CSV in UTF-8"
        raise FaultsError([one(path, sentence)])
    delimiter, header = _csv_header(table, path)
    ignored = _check_columns(f"{path}, line 1", path, table, header)
    known = {column.name for column in table.file_columns}
    # Ignored columns may have any name, or none.
    names = [
        f"file.{name.lower()}" if name.lower() in known else f"ignored.{position}"
        for position, name in enumerate(header)
    ]
    relation = csv_relation(path, names, delimiter)
    types = {name.lower(): "VARCHAR" for name in header if name.lower() in known}
    return SourceFile(table, path, "csv", types, relation, tuple(header), ignored, delimiter)


def csv_relation(path: Path, names: Sequence[str], delimiter: str) -> str:
    """A SELECT of a CSV file's values as text, its columns named by position."""
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    return (
        f"select * from read_csv({_path_literal(path)}, columns = {{{columns}}}, "  # noqa: S608
        f"auto_detect = false, header = true, delim = {literal(delimiter)}, "
        "quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = true, "
        "encoding = 'utf-8', strict_mode = true, null_padding = false, "
        f"hive_partitioning = false, max_line_size = {LONGEST_LINE})"
    )


def _csv_header(table: Table, path: Path) -> tuple[str, list[str]]:
    """The separator that finds the most contract columns in the header; and the columns."""
    known = {column.name for column in table.file_columns}
    place = f"{path}, line 1"
    read, sentence = read_headers(path, DELIMITERS)
    if not read:
        sentence = sentence or f"{place} is not CSV, expected the columns {_names(table)}"
        raise FaultsError([one(path, sentence)])
    best = max(read, key=lambda delimiter: len(known & {n.lower() for n in read[delimiter]}))
    if not all(is_text(name) for name in read[best]):
        sentence = f"{place} is not UTF-8 text, expected the columns {_names(table)}"
        raise FaultsError([one(path, sentence)])
    return best, read[best]


def _open_parquet(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> SourceFile:
    reader = (
        f"read_parquet({_path_literal(path)}, file_row_number = true, hive_partitioning = false)"
    )
    try:
        described = connection.execute(f"describe select * from {reader}").fetchall()  # noqa: S608
        schema = connection.execute(
            f"select name, num_children from parquet_schema({_path_literal(path)})"  # noqa: S608
        ).fetchall()
    except duckdb.Error as error:
        sentence = (
            f"{path} is not a whole Parquet file, expected one with the columns {_names(table)}; "
            "it may be cut off or of another format"
        )
        raise FaultsError([one(path, sentence)]) from error
    # Checked in the schema, because reading renames a repeated column.
    header = _top_level(schema)
    ignored = _check_columns(str(path), path, table, header)
    known = {column.name for column in table.file_columns}
    columns = {name: kind for name, kind, *_ in described if name.lower() in known}
    values = "".join(
        f"{_parquet_value(name, kind)} as {raw_name(name.lower())}, "
        for name, kind in columns.items()
    )
    types = {name.lower(): kind for name, kind in columns.items()}
    relation = f"select {values}file_row_number from {reader}"  # noqa: S608
    return SourceFile(table, path, "parquet", types, relation, tuple(header), ignored)


def _top_level(schema: Sequence[tuple[str, int | None]]) -> list[str]:
    """The top-level column names of a Parquet file; its schema also lists nested ones."""
    names = []
    position = 1
    while position < len(schema):
        names.append(schema[position][0])
        inside = 1
        while inside:
            inside += (schema[position][1] or 0) - 1
            position += 1
    return names


def _parquet_value(name: str, kind: str) -> str:
    value = identifier(name)
    if kind in {"FLOAT", "DOUBLE"}:
        # pandas writes a null among numbers as NaN.
        return f"case when not isnan({value}) then {value} end"
    # An empty text is null, as in CSV.
    return f"nullif({value}, '')" if kind == "VARCHAR" else value


def _check_columns(place: str, path: Path, table: Table, header: Sequence[str]) -> tuple[str, ...]:
    """Check that a file has each contract column once; returns the other columns' names."""
    found = [name.lower() for name in header]
    known = [column.name for column in table.file_columns]
    required = _required(table)
    ignored = tuple(name for name in header if name.lower() not in known)
    faults = [
        f"{place} has the column {name} twice, expected it once"
        for name in known
        if found.count(name) > 1
    ]
    missing = [name for name in required if name not in found]
    unexplained = []
    for name in missing:
        if close := difflib.get_close_matches(name, ignored, n=1):
            faults.append(
                f"{place} has a column {shown(close[0])} that the contract does not know, "
                f"expected {name} instead"
            )
        else:
            unexplained.append(name)
    if unexplained:
        lacks = f"column{'s' * (len(unexplained) > 1)} {', '.join(unexplained)}"
        if unexplained == required:
            lacks = "column of the contract"
        faults.append(f"{place} has no {lacks}, expected the columns {', '.join(required)}")
    if faults:
        raise FaultsError([one(path, fault) for fault in faults])
    return ignored


def _required(table: Table) -> list[str]:
    return [column.name for column in table.file_columns if not column.optional]


def _names(table: Table) -> str:
    return ", ".join(_required(table))


def _path_literal(path: Path) -> str:
    return literal(str(path.absolute()).translate(_WILDCARDS))
