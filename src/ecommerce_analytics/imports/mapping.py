"""A directory of SQL that maps exports to the source contract, and how it is run.

Files that begin with an underscore are intermediate steps, run in the order of their names. Each
creates a table named by the part after the number: `_1_exports.sql` creates `exports`. Each other
file returns the rows of the contract table of its name. A comment after a column documents its
source:

    -- from orders "Total"          taken as it is; the export and its column in double quotes
    -- guess: ...                   a rule that may be wrong
    -- empty: ...                   nothing to take it from, and why
"""

import json
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from ecommerce_analytics.contract import Table, load_contract, project_key_type
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.folders import replace_folder
from ecommerce_analytics.load.rules import sql_type
from ecommerce_analytics.load.sql import identifier, literal
from ecommerce_analytics.private import scratch

# A file beside those of an import, which allows the next import to replace them.
MANIFEST: Final = "import.json"
SHOWN_ROWS: Final = 10

_YES: Final = ("true", "t", "yes", "y", "1", "ja", "oui", "si")
_NO: Final = ("false", "f", "no", "n", "0", "nein", "non")
FLAGS: Final = frozenset(_YES + _NO)
# A number with a decimal point, as a regular expression.
NUMBER: Final = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"

# An intermediate table, whose name no file has.
_MAPPED: Final = "contract mapping"

_COMMENT: Final = re.compile(
    r'(?P<column>\w+)"?,?\s+--\s+(?P<kind>from|guess|empty)\b:?\s*(?P<text>.*)$'
)
_NAMED: Final = re.compile(r'(?:(\w+) )?"([^"]+)"')
_STEP: Final = re.compile(r"_(?:\d+_)?(\w+)")
_OFFSET: Final = r" ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)"
_ISO: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)?"


@dataclass(frozen=True)
class Options:
    """The format of the files' values.

    Attributes:
        decimal_comma: Whether `1.234,50` means `1234.50`.
        time_zone: The zone of times without an offset from UTC.
        time_format: The format of times unlike `2026-01-31 13:45:00`, in strptime's letters.
    """

    decimal_comma: bool = False
    time_zone: str = "UTC"
    time_format: str | None = None


@dataclass(frozen=True)
class MappedColumn:
    """The source of a contract column, and the number of rows with a value.

    `kind` is from, guess, empty, missing (no file has its source column) or, without a comment in
    the SQL, unsaid.
    """

    name: str
    kind: str
    text: str
    filled: int


@dataclass(frozen=True)
class MappedTable:
    """A contract table as mapped, with its first rows as text."""

    name: str
    rows: int
    columns: tuple[MappedColumn, ...]
    sample: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True)
class Imported:
    """The result of an import and, unless it was a dry run, its files."""

    tables: tuple[MappedTable, ...]
    notes: tuple[str, ...]
    seconds: float

    @property
    def rows(self) -> Mapping[str, int]:
        """The number of rows per table."""
        return {table.name: table.rows for table in self.tables}


Notes = Callable[[duckdb.DuckDBPyConnection], Iterable[str]]


def add_functions(connection: duckdb.DuckDBPyConnection, options: Options) -> None:
    """Create the functions for text values that a mapping's SQL may use.

    `clean` (blanks and a spreadsheet's apostrophe off), `number`, `moment` (UTC), `flag`, `key` (a
    natural key of the project's type), `part_key` (of a row within an order) and `made_key` (below
    all natural keys). An unreadable value is an error, an empty one null.
    """
    value = "trim(cast(value as varchar))"
    comma = r"[+-]?([0-9]+|[0-9]{1,3}(\.[0-9]{3})+)(,[0-9]*)?"
    pattern, plain, example = (
        (comma, f"replace(replace({value}, '.', ''), ',', '.')", "1299,00")
        if options.decimal_comma
        else (NUMBER, value, "1299.00")
    )
    own = options.time_format
    zone = literal(options.time_zone)
    own_case = (
        f"when try_strptime({value}, {literal(own)}) is not null "
        f"then {_utc(f'try_strptime({value}, {literal(own)})', zone)} "
        if own
        else ""
    )
    expected = own or "2026-01-31 13:45:00 +0100"
    bigint = project_key_type() == "bigint"
    row = "whole || '-' || part"
    hashed = "cast(md5_number_lower({}) >> 1 as bigint)"
    functions = {
        "clean(value)": f"nullif(case when starts_with({value}, '''') "
        f"and regexp_matches({value}, '^.[0-9+]') then substr({value}, 2) else {value} end, '')",
        "number(value)": f"case when coalesce({value}, '') = '' then null "
        f"when regexp_full_match({value}, {literal(pattern)}) then cast({plain} as decimal(18, 4)) "
        f"else error('found ''' || {value} || ''', expected a number such as {example}') end",
        "moment(value)": f"case when coalesce({value}, '') = '' then null "
        # The format of most times in Shopify's exports, tried first for speed.
        f"when try_strptime({value}, '%Y-%m-%d %H:%M:%S %z') is not null "
        f"then cast(try_strptime({value}, '%Y-%m-%d %H:%M:%S %z') as timestamp) "
        f"when regexp_full_match({value}, {literal(_ISO + _OFFSET)}) then cast(cast("
        rf"regexp_replace(regexp_replace({value}, ' ?(Z|UTC)$', '+00'), ' ([+-])', '\1')"
        " as timestamptz) as timestamp) "
        f"when regexp_full_match({value}, {literal(_ISO)}) "
        f"then {_utc(f'cast({value} as timestamp)', zone)} {own_case}"
        f"else error('found ''' || {value} || ''', expected a time such as {expected}') end",
        "flag(value)": f"case when coalesce({value}, '') = '' then null "
        f"when lower({value}) in ({', '.join(map(literal, _YES))}) then true "
        f"when lower({value}) in ({', '.join(map(literal, _NO))}) then false "
        f"else error('found ''' || {value} || ''', expected yes or no') end",
        "key(value)": "case when cast(try_cast(clean(value) as bigint) as varchar) = clean(value) "
        f"then try_cast(clean(value) as bigint) else {hashed.format('clean(value)')} end"
        if bigint
        else "clean(value)",
        "part_key(whole, part)": "case when whole between -9e14 and 9e14 then whole * 10000 + part "
        f"else {hashed.format(row)} end"
        if bigint
        else row,
        "made_key(whole)": "-abs(whole)" if bigint else "'first-order-' || whole",
    }
    for signature, body in functions.items():
        connection.execute(f"create or replace temp macro {signature} as {body}")


def _utc(local: str, zone: str) -> str:
    return f"cast(timezone({zone}, {local}) as timestamp)"


def run_mapping(
    connection: duckdb.DuckDBPyConnection, directory: Path, headers: Mapping[str, Iterable[str]]
) -> tuple[MappedTable, ...]:
    """Create every contract table that the directory has SQL for, as a temporary table.

    Args:
        connection: Has the exports' rows and the functions.
        directory: The mapping.
        headers: The columns that the files of each export have.

    Returns:
        The tables in the contract's order.

    Raises:
        EcomError: SQL fails, a required table or column is missing, or rows break the contract.
    """
    for path in sorted(directory.glob("_*.sql")):
        if step := _STEP.fullmatch(path.stem):
            _create(connection, path, step[1], path.read_text(encoding="utf-8"))
    tables = []
    for table in load_contract().tables:
        path = directory / f"{table.name}.sql"
        if path.is_file():
            tables.append(_map_table(connection, table, path, headers))
        elif not table.optional:
            raise EcomError(f"{directory} has no {path.name}, expected the rows of {table.name}")
    return tuple(tables)


def made(table: str) -> str:
    """The quoted name of a contract table's temporary table."""
    return identifier(f"contract.{table}")


def _create(connection: duckdb.DuckDBPyConnection, path: Path, name: str, query: str) -> None:
    try:
        connection.execute(f"create or replace temp table {identifier(name)} as {query}")
    except duckdb.Error as error:
        raise EcomError(f"{path}: {reason(error)}") from error


def reason(error: duckdb.Error) -> str:
    """The first line of DuckDB's message, without the kind of error."""
    first = str(error).strip().splitlines()[0]
    return re.sub(r"^(?:\w+ )?(?:Input )?Error: ", "", first)


def _map_table(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    path: Path,
    headers: Mapping[str, Iterable[str]],
) -> MappedTable:
    query = path.read_text(encoding="utf-8").strip().rstrip(";")
    _create(connection, path, _MAPPED, query)
    found = {
        row[0].lower() for row in connection.execute(f"describe {identifier(_MAPPED)}").fetchall()
    }
    columns = [column for column in table.file_columns if column.name in found]
    missing = [c.name for c in table.file_columns if c.name not in found and not c.optional]
    if missing:
        names = ", ".join(missing)
        raise EcomError(f"{path} has no column {names}; the contract needs it, null where unknown")
    casts = ", ".join(
        f"cast({identifier(c.name)} as {sql_type(c)}) as {identifier(c.name)}" for c in columns
    )
    keys = ", ".join(identifier(name) for name in table.key)
    ordered = f"select {casts} from {identifier(_MAPPED)} order by {keys}"  # noqa: S608
    _create(connection, path, f"contract.{table.name}", ordered)
    counts = ", ".join(f"count({identifier(column.name)})" for column in columns)
    [(rows, *filled)] = connection.execute(
        f"select count(*), {counts} from {made(table.name)}"  # noqa: S608
    ).fetchall()
    for column, count in zip(columns, filled, strict=True):
        if count < rows and not column.nullable:
            raise EcomError(
                f"{path}: {column.name} is empty in {rows - count:,} of {rows:,} rows, expected a "
                "value in each"
            )
    _require_keys(connection, table, path)
    said = _comments(path.read_text(encoding="utf-8"))
    described = tuple(
        _described(column.name, said, headers, count)
        for column, count in zip(columns, filled, strict=True)
    )
    return MappedTable(table.name, rows, described, _sample(connection, table.name))


def _require_keys(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> None:
    keys = ", ".join(identifier(name) for name in table.key)
    repeated = connection.execute(
        f"select {keys}, count(*) from {made(table.name)} group by {keys} "  # noqa: S608
        f"having count(*) > 1 order by {keys} limit 1"
    ).fetchone()
    if repeated:
        *values, count = repeated
        value = " ".join(str(value) for value in values)
        raise EcomError(
            f"{path}: {count:,} rows have the {', '.join(table.key)} {value}, expected one row"
        )


def _comments(text: str) -> dict[str, tuple[str, str]]:
    """The comment of each column in the SQL: kind and text, the last one if there are several."""
    matches = [_COMMENT.search(line) for line in text.splitlines()]
    return {found["column"]: (found["kind"], found["text"].strip()) for found in matches if found}


def _described(
    name: str,
    said: Mapping[str, tuple[str, str]],
    headers: Mapping[str, Iterable[str]],
    filled: int,
) -> MappedColumn:
    kind, text = said.get(name, ("unsaid", ""))
    if kind in {"from", "guess"} and not filled:
        absent = _absent(text, headers)
        if absent:
            return MappedColumn(name, "missing", f"no file has {', '.join(absent)}", filled)
    return MappedColumn(name, kind, text, filled)


def _absent(text: str, headers: Mapping[str, Iterable[str]]) -> list[str]:
    """The columns that a comment names, where no file has any of them."""
    export, named = "", []
    for found in _NAMED.finditer(text):
        export = found[1] if found[1] in headers else export
        named.append((export, found[2]))
    known = {e: {name.lower() for name in names} for e, names in headers.items()}
    if any(name.lower() in known.get(export, ()) for export, name in named):
        return []
    return [f'{export} "{name}"' for export, name in named]


def _sample(
    connection: duckdb.DuckDBPyConnection, table: str
) -> tuple[tuple[str | None, ...], ...]:
    rows = connection.execute(
        f"select cast(columns(*) as varchar) from {made(table)} limit {SHOWN_ROWS}"  # noqa: S608
    ).fetchall()
    return tuple(tuple(row) for row in rows)


def finish(
    connection: duckdb.DuckDBPyConnection,
    tables: tuple[MappedTable, ...],
    out: Path | None,
    notes: Iterable[str],
    started: float,
) -> Imported:
    """Write the tables' Parquet files, unless it is a dry run.

    The files are readable by their owner only, and replace an earlier import's when all are
    complete.

    Raises:
        EcomError: The directory has other content, or cannot be written.
    """
    if out:
        with _replaced(out) as place:
            for table in tables:
                file = place / f"{table.name}.parquet"
                try:
                    connection.execute(
                        f"copy {made(table.name)} to {literal(str(file))} (format parquet)"
                    )
                except duckdb.Error as error:
                    raise EcomError(f"cannot write to {out}: {reason(error)}") from error
            document = {"rows": {table.name: table.rows for table in tables}}
            (place / MANIFEST).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
            for path in place.iterdir():
                path.chmod(0o600)
    return Imported(tables, tuple(notes), time.perf_counter() - started)


def require_place(out: Path) -> None:
    """Check that an import may write here: nothing, an empty folder or an earlier import.

    Raises:
        EcomError: There is something else.
    """
    if not os.path.lexists(out):
        return
    if not out.is_dir():
        raise EcomError(f"{out} is a file, expected a folder for the import; choose another --out")
    if any(out.iterdir()) and not (out / MANIFEST).is_file():
        raise EcomError(
            f"{out} is not empty and holds no earlier import; choose another --out or empty it"
        )


@contextmanager
def _replaced(out: Path) -> Iterator[Path]:
    """A new folder that replaces `out` when it is complete."""
    require_place(out)
    out = out.resolve()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with scratch(out.parent) as place:
            new = place / "new"
            new.mkdir(mode=0o700)
            yield new
            replace_folder(new, out, place / "old")
    except OSError as error:
        raise EcomError(f"cannot write {out}: {error.strerror}; choose another --out") from error


def query_notes(connection: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """The sentences of a mapping's notes query."""
    rows: list[tuple[Any, ...]] = connection.execute(path.read_text(encoding="utf-8")).fetchall()
    return [str(sentence) for (sentence,) in rows]
