"""What an import prints: each column with its origin, and the first rows of each table."""

import csv
import io
from collections.abc import Iterator

from ecommerce_analytics.errors import printable
from ecommerce_analytics.imports.mapping import Imported, MappedColumn, MappedTable

_UNSAID = "the SQL does not say"


def dry_run(imported: Imported) -> str:
    """Every table: its columns, in how many rows each is filled, where from, and its first rows."""
    return printable("\n".join(line for table in imported.tables for line in _table(table)))


def _table(table: MappedTable) -> Iterator[str]:
    yield f"{table.name}: {table.rows:,} rows"
    width = max(len(column.name) for column in table.columns)
    digits = len(f"{table.rows:,}")
    for column in table.columns:
        yield f"  {column.name:<{width}}  {column.filled:>{digits},}  {_origin(column)}"
    if table.sample:
        yield ""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(column.name for column in table.columns)
        writer.writerows(table.sample)
        yield from (f"  {line}" for line in buffer.getvalue().splitlines())
    yield ""


def _origin(column: MappedColumn) -> str:
    if column.kind == "unsaid":
        return _UNSAID
    said = f"{column.kind}: {column.text}" if column.text else column.kind
    return f"{said} (no value)" if column.kind in {"from", "guess"} and not column.filled else said
