"""Detects decimal commas in a CSV file from all its numbers together.

`12,50` can only have a decimal comma and `12.50` only a decimal point, while `1,234` and `1.234`
are ambiguous. If no number is clear, the file is rejected: a guess could be wrong by a factor of a
thousand. If numbers support both, the minority are faults.
"""

from dataclasses import replace
from typing import Final

import duckdb

from ecommerce_analytics.load.csv_faults import lines_of
from ecommerce_analytics.load.faults import FaultsError, one
from ecommerce_analytics.load.files import SourceFile, raw_name, shown
from ecommerce_analytics.load.rules import is_number
from ecommerce_analytics.load.sql import literal

_COMMA: Final = r"[+-]?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+),[0-9]*"
_POINT: Final = r"[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)\.[0-9]*"
# One mark with three digits after it and a possible group of thousands before it.
_EITHER: Final = r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}"


def with_decimals(connection: duckdb.DuckDBPyConnection, file: SourceFile) -> SourceFile:
    """The file with its decimal mark.

    Args:
        connection: Reads the file; nothing is written.
        file: The file, of either format.

    Returns:
        The file, with `decimal_comma` if its numbers have decimal commas.

    Raises:
        FaultsError: All numbers of the file are ambiguous.
    """
    names = [c.name for c in file.table.file_columns if c.name in file.types and is_number(c)]
    if file.file_format == "parquet" or not names:
        return file
    try:
        # With commas between values, decimal commas are quoted and rare, so check for any first.
        if file.delimiter == "," and not _has_commas(connection, file, names):
            return file
        commas, points, either = _counted(connection, file, names)
        if commas or points:
            return replace(file, decimal_comma=commas > points)
        # In comma-separated files decimal points are the rule.
        if either:
            raise FaultsError([one(file.path, _undecided(connection, file, names))])
    except duckdb.Error:
        # The load reports faults of the text itself.
        return file
    return file


def _has_commas(connection: duckdb.DuckDBPyConnection, file: SourceFile, names: list[str]) -> bool:
    found = " or ".join(f"contains({raw_name(name)}, ',')" for name in names)
    row = connection.execute(f"select bool_or({found}) from ({file.relation})").fetchone()  # noqa: S608
    return bool(row and row[0])


def _counted(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, names: list[str]
) -> tuple[int, int, int]:
    """How many numbers can only have a decimal comma, only a decimal point, or either."""
    values = ", ".join(raw_name(name) for name in names)
    either = f"regexp_full_match(value, {literal(_EITHER)})"
    row = connection.execute(
        f"select count_if(not {either} and regexp_full_match(value, {literal(_COMMA)})), "  # noqa: S608
        f"count_if(not {either} and regexp_full_match(value, {literal(_POINT)})), "
        f"count_if({either}) "
        f"from (select unnest([{values}]) as value from ({file.relation}))"
    ).fetchone()
    commas, points, either_count = row or (0, 0, 0)
    return commas, points, either_count


def _undecided(connection: duckdb.DuckDBPyConnection, file: SourceFile, names: list[str]) -> str:
    pairs = ", ".join(f"{{'name': {literal(n)}, 'value': {raw_name(n)}}}" for n in names)
    row, name, value = connection.execute(
        "select row, pair.name, pair.value from ("  # noqa: S608
        f"select row, unnest([{pairs}]) as pair "
        f"from (select *, {file.row_number} as row from ({file.relation}))) "
        f"where regexp_full_match(pair.value, {literal(_EITHER)}) order by row limit 1"
    ).fetchall()[0]
    line = lines_of(file, [row])[row]
    plain = value.replace(",", "").replace(".", "")
    return (
        f"{file.path}, line {line}, column {name}: found {shown(value)}, which is {plain} or "
        f"{value.replace(',', '.')}, and no number of the file decides which; "
        "write all of them as 1299.00"
    )
