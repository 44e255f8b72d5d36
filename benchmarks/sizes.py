"""The size of each schema's tables as Parquet, and that of the warehouse's file."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import duckdb

from results import Record
from tables import ORDERS, table
from workspace import Workspace

SECTION: Final = "sizes"
_SCHEMAS: Final = ("raw_data", "intermediate", "marts", "snapshots")


@dataclass(frozen=True)
class Size:
    """A schema: its tables, their rows, and their bytes as Parquet."""

    tables: int
    rows: int
    bytes: int


def measure(workspace: Workspace, runs: int) -> Record:
    """Write every table as Parquet, once."""
    del runs
    warehouse = workspace.built
    workspace.say("write every table as Parquet")
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        path = workspace.folder / "table.parquet"
        schemas = {schema: asdict(_schema(connection, schema, path)) for schema in _SCHEMAS}
    facts = {"schemas": schemas, "file_bytes": warehouse.stat().st_size}
    return Record(SECTION, workspace.orders, [{}], facts)


def render(records: Sequence[Record]) -> list[str]:
    """The section's part of the page."""
    rows = [
        (
            f"{record.orders:,}",
            schema,
            f"{size['tables']}",
            f"{size['rows']:,}",
            f"{size['bytes'] / 1e6:,.1f}",
            f"{size['bytes'] / record.orders:,.0f}",
        )
        for record in records
        for schema, size in record.facts["schemas"].items()
    ]
    columns = (ORDERS, "what", "tables", "rows", "Parquet, MB", "bytes for each order")
    return table(columns, rows)


def _schema(connection: duckdb.DuckDBPyConnection, schema: str, path: Path) -> Size:
    names = connection.execute(
        "select table_name from duckdb_tables() where database_name = current_database() "
        "and schema_name = ?",
        [schema],
    ).fetchall()
    rows = held = 0
    for (name,) in names:
        ((copied,),) = connection.execute(
            f"copy (select * from {schema}.{name}) to '{path}' "  # noqa: S608
            "(format parquet, compression zstd)"
        ).fetchall()
        rows += copied
        held += path.stat().st_size
        path.unlink()
    return Size(len(names), rows, held)
