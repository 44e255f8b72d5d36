"""The size of each table as Parquet, and the data each model would shuffle between machines.

Both grow from one size to the next; `simulate.py` extrapolates them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import sqlglot
from sqlglot import exp

from results import Record
from tables import ORDERS, table
from workspace import Workspace

SECTION: Final = "sizes"
_SCHEMAS: Final = ("raw_data", "intermediate", "marts", "snapshots")
# The assumed size of a row's value if DuckDB only reports the row count.
_VALUE_BYTES: Final = 16
# Spark broadcasts a table to every machine, instead of a shuffle, up to this size.
BROADCAST_BYTES: Final = 10_485_760
# Operators that need all rows of a key on one machine.
_AGGREGATES: Final = frozenset({"HASH_GROUP_BY", "PERFECT_HASH_GROUP_BY", "PARTITIONED_AGGREGATE"})
_SORTS: Final = frozenset({"WINDOW", "ORDER_BY"})
_LARGEST: Final = 12


@dataclass(frozen=True)
class Rows:
    """A number of rows, and their total bytes."""

    rows: int
    bytes: int


@dataclass(frozen=True)
class Shuffle:
    """The input of one operator, and its output rows."""

    operator: str
    inputs: Sequence[Rows]
    output: Rows


def measure(workspace: Workspace, runs: int) -> Record:
    """Write every table as Parquet; run every stored model's SQL under DuckDB's profiler, once."""
    del runs
    warehouse = workspace.built
    nodes = json.loads(workspace.compile().read_text(encoding="utf-8"))["nodes"]
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        workspace.say("write every table as Parquet")
        tables = {
            name: asdict(_table(connection, name, workspace.folder / "table.parquet"))
            for name in _tables(connection)
        }
        workspace.say("profile every model")
        models = {
            node["alias"]: {
                "shuffles": [asdict(found) for found in _shuffles(connection, node)],
                "keys": keys(nodes, key),
            }
            for key, node in nodes.items()
            if node["resource_type"] == "model"
            and node["config"]["materialized"] not in ("view", "ephemeral")
        }
    facts = {"tables": tables, "models": models, "file_bytes": warehouse.stat().st_size}
    return Record(SECTION, workspace.orders, [{}], facts)


def render(records: Sequence[Record]) -> list[str]:
    """The section's part of the page."""
    rows = []
    for record in records:
        tables = record.facts["tables"]
        for schema in _SCHEMAS:
            found = [size for name, size in tables.items() if name.startswith(f"{schema}.")]
            held = sum(size["bytes"] for size in found)
            rows.append(
                (
                    f"{record.orders:,}",
                    schema,
                    f"{len(found)}",
                    f"{sum(size['rows'] for size in found):,}",
                    f"{held / 1e6:,.1f}",
                    f"{held / record.orders:,.0f}",
                )
            )
    columns = (ORDERS, "what", "tables", "rows", "Parquet, MB", "bytes for each order")
    return table(columns, rows)


def shuffled_bytes(shuffle: Mapping[str, Any], growth: float, orders: int) -> float:
    """The bytes an operator shuffles between machines after a shop has grown.

    A table that would still be small enough is broadcast, which is no shuffle. An aggregate sends
    each machine's partial results: as many rows as its input, or far fewer. (DuckDB counts distinct
    values in two aggregates, and the first keeps nearly every row.)

    Args:
        shuffle: A `Shuffle` as JSON has it.
        growth: The factor of orders.
        orders: The orders of the measured shop: an input with a twentieth of their rows grows with
            them, a smaller one is constant.

    Returns:
        The measured bytes of the data that would be sent at the larger size.
    """
    if shuffle["operator"] in _AGGREGATES:
        (taken,) = shuffle["inputs"]
        return float(min(taken["bytes"], shuffle["output"]["bytes"]))
    if shuffle["operator"] in _SORTS:
        return float(sum(taken["bytes"] for taken in shuffle["inputs"]))
    grown = [
        taken["bytes"] * (growth if taken["rows"] * 20 >= orders else 1)
        for taken in shuffle["inputs"]
    ]
    if min(grown, default=0) <= BROADCAST_BYTES:
        return 0.0
    return float(sum(taken["bytes"] for taken in shuffle["inputs"]))


def keys(nodes: Mapping[str, Any], key: str) -> list[str]:
    """The columns that the SQL of a model and its views uses to join, group and number rows."""
    node = nodes[key]
    tree = sqlglot.parse_one(node["compiled_code"], dialect="duckdb")
    found = set()
    for select in tree.find_all(exp.Select):
        for join in select.args.get("joins") or []:
            found |= _names(join.args.get("on"))
        group = select.args.get("group")
        found |= _names(group) if group else set()
    for window in tree.find_all(exp.Window):
        for expression in window.args.get("partition_by") or []:
            found |= _names(expression)
    for parent in node["depends_on"]["nodes"]:
        if parent in nodes and nodes[parent]["config"]["materialized"] == "view":
            found |= set(keys(nodes, parent))
    return sorted(found)


def _names(expression: exp.Expression | None) -> set[str]:
    return {column.name for column in expression.find_all(exp.Column)} if expression else set()


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = "
        "current_database() order by 1, 2"
    ).fetchall()
    return [f"{schema}.{name}" for schema, name in found if schema in _SCHEMAS]


def _table(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> Rows:
    ((rows,),) = connection.execute(
        f"copy (select * from {name}) to '{path}' (format parquet, compression zstd)"  # noqa: S608
    ).fetchall()
    size = path.stat().st_size
    path.unlink()
    return Rows(rows, size)


def _shuffles(connection: duckdb.DuckDBPyConnection, node: Mapping[str, Any]) -> list[Shuffle]:
    ((_, plan),) = connection.execute(
        f"explain (analyze, format json) {node['compiled_code']}"
    ).fetchall()
    return list(_operators(json.loads(plan)["operator"]))


def _operators(operators: Sequence[Mapping[str, Any]]) -> Iterator[Shuffle]:
    for operator in operators:
        children = operator.get("children", [])
        kind = operator["type"]
        if kind in _AGGREGATES or kind in _SORTS or kind.endswith("_JOIN"):
            yield Shuffle(kind, [_output(child) for child in children], _output(operator))
        yield from _operators(children)


def _output(operator: Mapping[str, Any]) -> Rows:
    rows = operator["intermediate_rows"]
    read = operator.get("extra_info", {}).get("Projections")
    if operator["type"] == "TABLE_SCAN" and read:
        # A scan counts whole blocks.
        return Rows(rows, rows * _VALUE_BYTES * (1 if isinstance(read, str) else len(read)))
    return Rows(rows, operator["intermediate_size_bytes"])
