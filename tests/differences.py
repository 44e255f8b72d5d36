"""Two DuckDB warehouses, table by table and row by row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from ecommerce_analytics.parity import CLOCKS

_ROWS_SHOWN: Final = 3
_CELLS_SHOWN: Final = 240
# It keeps deleted rows, as a log does.
_LOG: Final = "int_orders__changes"

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """A model's table."""

    schema: str
    name: str
    columns: Sequence[str]


def followed(manifest: Mapping[str, Any]) -> list[Table]:
    """The models that must equal a rebuild: intermediate models and marts, not snapshots."""
    return [
        Table(node["schema"], node["alias"], list(node["columns"]))
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["fqn"][1] in {"intermediate", "marts"}
        and node["config"]["materialized"] != "ephemeral"
        and node["name"] != _LOG
    ]


def differences(left: Path, right: Path, tables: Iterable[Table], where: str = "") -> list[str]:
    """The tables that differ, each with the number of differing rows and some of them.

    Load and build times are ignored, because a rebuild cannot know them for a deleted row.
    """
    found = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{left}' as a (read_only)")
        connection.execute(f"attach '{right}' as b (read_only)")
        for table in tables:
            columns = [column for column in table.columns if column not in CLOCKS]
            here, there = (
                f"select {', '.join(columns)} from {side}.{table.schema}.{table.name} {where}"  # noqa: S608
                for side in "ab"
            )
            missing = connection.execute(f"({there}) except all ({here}) order by all").fetchall()
            extra = connection.execute(f"({here}) except all ({there}) order by all").fetchall()
            if missing or extra:
                found.append(_shown(table.name, columns, missing, extra))
    return found


def _shown(table: str, columns: list[str], missing: list[Row], extra: list[Row]) -> str:
    lines = [f"{table}: {len(missing)} rows missing, {len(extra)} rows too many"]
    for expected, got in list(zip(missing, extra, strict=False))[:_ROWS_SHOWN]:
        values = zip(columns, expected, got, strict=True)
        cells = [f"{name} {b!r}, expected {a!r}" for name, a, b in values if a != b]
        row = f"{columns[0]} {got[0]!r} beside {expected[0]!r}: {'; '.join(cells)}"
        lines.append(f"    {row[:_CELLS_SHOWN]}")
    if not (missing and extra):
        lines += [f"    {columns[0]} {row[0]!r}" for row in (missing or extra)[:_ROWS_SHOWN]]
    return "\n".join(lines)
