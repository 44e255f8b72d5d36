"""CSV files of any shop: drafts a mapping from their headers, and runs an existing one."""

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import duckdb
import yaml

from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.imports.draft import Sample, draft
from ecommerce_analytics.imports.exports import Export, open_export, read_rows
from ecommerce_analytics.imports.mapping import (
    Imported,
    Options,
    add_functions,
    finish,
    require_place,
    run_mapping,
)
from ecommerce_analytics.load.files import DELIMITERS
from ecommerce_analytics.load.sql import identifier, literal, reader

OPTIONS: Final = "options.yml"
# The columns that `read_rows` adds to a file's.
_OURS: Final = frozenset(("export", "row_number"))
_SAMPLED: Final = 1_000
_OPTIONS_TEXT: Final = """\
# How the values of these files are written. The SQL files beside this one say what they mean.

# Between values: "," or ";" or "\\t".
delimiter: {delimiter}
# Whether 1.234,50 is what others write as 1234.50.
decimal_comma: {decimal_comma}
# Of times without an offset from UTC, an IANA name such as Europe/Berlin.
time_zone: {time_zone}
# Of times written otherwise than 2026-01-31 13:45:00, such as "%d.%m.%Y %H:%M"; else null.
time_format: {time_format}
"""
# Day before month if both are possible, because most countries write so.
_TIME_FORMATS: Final = (
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M",
    "%d/%m/%Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%d-%m-%Y %H:%M", "%d-%m-%Y",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d",
)  # fmt: skip


def has_mapping(directory: Path) -> bool:
    """Whether a mapping exists; if not, one is drafted."""
    return directory.is_dir() and any(directory.glob("*.sql"))


def draft_mapping(files: Sequence[Path], directory: Path) -> list[str]:
    """Write a mapping of these files, guessed from their headers and first rows.

    Args:
        files: The CSV files.
        directory: The directory of the mapping; created if missing, otherwise it must be empty.

    Returns:
        The guesses, as lines to print.

    Raises:
        EcomError: A file cannot be read, or the directory has other content.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise EcomError(f"{directory} is not an empty folder; choose another --map")
    exports = {view_name(path): open_export(path, ()) for path in files}
    _require_names(files, exports)
    with reader() as connection:
        samples = {name: _sample(connection, name, export) for name, export in exports.items()}
        time_format = _time_format(connection, list(samples.values()))
    [delimiter, *others] = sorted({export.delimiter for export in exports.values()})
    if others:
        raise EcomError("the files have different separators between values; draft each alone")
    drafted = draft(samples)
    options = _OPTIONS_TEXT.format(
        delimiter='"\\t"' if delimiter == "\t" else f'"{delimiter}"',
        decimal_comma=str(_has_decimal_commas(list(samples.values()))).lower(),
        time_zone="UTC",
        time_format=f'"{time_format}"' if time_format else "null",
    )
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for table, text in drafted.files.items():
            (directory / f"{table}.sql").write_text(text, encoding="utf-8")
        (directory / OPTIONS).write_text(options, encoding="utf-8")
    except OSError as error:
        raise EcomError(f"cannot write {directory}: {error.strerror}") from error
    return [
        f"Drafted {directory}: {len(drafted.files)} SQL files and {OPTIONS}",
        *drafted.lines,
        "Read each file, change what is wrong, then run the same command with --dry-run",
    ]


def import_csv(files: Sequence[Path], directory: Path, out: Path | None) -> Imported:
    """Run a mapping over CSV files.

    Args:
        files: The files; in SQL, each has its name without the extension.
        directory: The mapping.
        out: Where to write the contract's files; None for a dry run.

    Returns:
        The result of the mapping.

    Raises:
        EcomError: A file cannot be read, SQL fails, or its rows break the contract.
    """
    started = time.perf_counter()
    if out:
        require_place(out)
    delimiter, options = _read_options(directory / OPTIONS)
    exports = {view_name(path): open_export(path, (), delimiter) for path in files}
    _require_names(files, exports)
    with reader() as connection:
        try:
            add_functions(connection, options)
            connection.execute("select moment('2026-01-31 13:45:00')")
        except duckdb.Error as error:
            sentence = f"{directory / OPTIONS}: there is no time zone {options.time_zone!r}"
            raise EcomError(sentence) from error
        for name, export in exports.items():
            read_rows(connection, name, [export], _names(export))
        headers = {name: export.header for name, export in exports.items()}
        tables = run_mapping(connection, directory, headers)
        return finish(connection, tables, out, (), started)


def view_name(path: Path) -> str:
    """A file's name in SQL: without the extension, in lower case, without blanks."""
    return re.sub(r"\W+", "_", path.stem.lower()).strip("_")


def _names(export: Export) -> list[str]:
    """The names of a file's columns; raises `EcomError` if one is repeated or empty."""
    names = [name for name in export.header if name]
    if sentence := export.repeated(names):
        raise EcomError(sentence)
    if taken := [name for name in names if name.lower() in _OURS]:
        raise EcomError(
            f"{export.path}, line 1 has a column {taken[0]}, expected another name: SQL knows the "
            "place of a row by it"
        )
    return names


def _require_names(files: Sequence[Path], exports: dict[str, Export]) -> None:
    if len(exports) < len(files):
        raise EcomError("two files have the same name, expected another one for each")


def _read_options(path: Path) -> tuple[str, Options]:
    try:
        document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EcomError(f"{path} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise EcomError(f"{path} is not YAML: {str(error).splitlines()[0]}") from error
    known = {"delimiter": str, "decimal_comma": bool, "time_zone": str, "time_format": str | None}
    if not isinstance(document, dict) or not document.keys() <= known.keys():
        raise EcomError(f"{path}: expected the options {', '.join(known)}")
    for name, kind in known.items():
        if name in document and not isinstance(document[name], kind):
            raise EcomError(f"{path}: {name} is {document[name]!r}, which it cannot be")
    delimiter = document.get("delimiter", ",")
    if delimiter not in DELIMITERS:
        raise EcomError(f'{path}: delimiter is {delimiter!r}, expected "," or ";" or "\\t"')
    return delimiter, Options(
        bool(document.get("decimal_comma", False)),
        document.get("time_zone", "UTC"),
        document.get("time_format"),
    )


def _sample(connection: duckdb.DuckDBPyConnection, name: str, export: Export) -> Sample:
    names = _names(export)
    read_rows(connection, name, [export], names)
    columns = ", ".join(identifier(column) for column in names)
    rows = connection.execute(
        f"select {columns} from {identifier(name)} limit {_SAMPLED}"  # noqa: S608
    ).fetchall()
    values = zip(*rows, strict=True) if rows else [() for _ in names]
    found = (tuple(v.strip() for v in column if v and v.strip()) for column in values)
    return Sample(name, export.path.name, dict(zip(names, found, strict=True)))


def _has_decimal_commas(samples: Sequence[Sample]) -> bool:
    values = [value for sample in samples for column in sample.values.values() for value in column]
    commas = sum(bool(re.fullmatch(r"[+-]?(\d{1,3}(\.\d{3})+|\d+),\d{1,2}", v)) for v in values)
    points = sum(bool(re.fullmatch(r"[+-]?(\d{1,3}(,\d{3})+|\d+)\.\d{1,2}", v)) for v in values)
    return commas > points


def _time_format(connection: duckdb.DuckDBPyConnection, samples: Sequence[Sample]) -> str | None:
    """The time format that fits most columns completely; None if there is none."""
    columns = [list(column) for sample in samples for column in sample.values.values() if column]
    best, most = None, 0
    for time_format in _TIME_FORMATS:
        found = 0
        for column in columns:
            row = connection.execute(
                f"select bool_and(try_strptime(value, {literal(time_format)}) is not null) "  # noqa: S608
                "from (select unnest(?) as value)",
                [column],
            ).fetchone()
            found += bool(row and row[0])
        if found > most:
            best, most = time_format, found
    return best
