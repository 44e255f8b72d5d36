"""Compares the rows of warehouses: every model, snapshot and seed, on every engine.

Each relation is exported from each engine and compared in DuckDB: first column names and types,
then an order-independent fingerprint of the rows, and if that differs the rows themselves. Decimals
are compared exactly, doubles bit for bit.

Times of loads and runs are ignored: `loaded_at`, and a snapshot's own times. A snapshot's versions
are numbered instead.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
from rich.console import Console
from rich.markup import escape

from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.dbt_runner import parse
from ecommerce_analytics.engines.base import Engine, Relation
from ecommerce_analytics.errors import EcomError, MissingRelationError, printable
from ecommerce_analytics.load.person_key import COLUMN, TABLE, VARIABLE
from ecommerce_analytics.load.sql import identifier, literal
from ecommerce_analytics.private import scratch

# Times set by runs. A deletion has the time of the run that found it, which also dates the versions
# before and after. The version keys of sales are still compared.
RUN_CLOCKS: Final = frozenset({"changed_at", "built_through", "valid_from", "valid_to"})
# Those, and times set by the loader.
CLOCKS: Final = RUN_CLOCKS | {
    "loaded_at",
    "order_loaded_at",
    "person_loaded_at",
    "line_load_sum",
    "refund_load_sum",
}

_KINDS: Final = ("model", "seed", "snapshot")
_SNAPSHOT_CLOCKS: Final = ("dbt_updated_at", "dbt_scd_id", "dbt_valid_from", "dbt_valid_to")
_END_OF_TIME: Final = "timestamp '9999-12-31'"


@dataclass(frozen=True)
class Node:
    """One relation of the project: its node, and the columns of its key."""

    unique_id: str
    kind: str
    relation: Relation
    key: tuple[str, ...]


@dataclass(frozen=True)
class Contents:
    """A relation on one engine: column types, row count and fingerprint."""

    columns: Mapping[str, str]
    rows: int
    fingerprint: str


@dataclass(frozen=True)
class Comparison:
    """A relation on all engines; `differences` is empty if all are equal."""

    node: Node
    contents: Mapping[str, Contents]
    differences: tuple[str, ...]


def built_nodes(engine: Engine) -> list[Node]:
    """Every relation of `dbt build`, sorted by name.

    Raises:
        EcomError: The project does not parse.
    """
    nodes = [
        Node(node.unique_id, str(node.resource_type), _relation(node), _key(node))
        for node in parse(engine).nodes.values()
        if node.resource_type in _KINDS and node.config.materialized != "ephemeral"
    ]
    return sorted(nodes, key=lambda node: (node.relation.schema, node.relation.name))


def compare(
    nodes: Sequence[Node],
    engines: Sequence[Engine],
    *,
    ignored: Collection[str] = CLOCKS,
    shown: int = 3,
) -> Iterator[Comparison]:
    """Compare relations on several engines with the first one.

    Args:
        nodes: The relations, from `built_nodes`.
        engines: Two or more.
        ignored: Columns to ignore.
        shown: Maximum number of differing rows to describe, per relation and engine.

    Yields:
        One comparison per relation.

    Raises:
        EcomError: An engine cannot be reached.
    """
    for node in nodes:
        with scratch() as place, _comparer() as db:
            contents = {
                engine.target: _take(db, engine, node, place, ignored) for engine in engines
            }
            first, *others = contents
            differences = [
                difference
                for other in others
                for difference in _differences(db, node, contents, first, other, shown)
            ]
            yield Comparison(node, contents, tuple(differences))


@contextmanager
def _comparer() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def _take(
    db: duckdb.DuckDBPyConnection,
    engine: Engine,
    node: Node,
    place: Path,
    ignored: Collection[str],
) -> Contents:
    """Export a relation, create a view named after the engine, and compute its fingerprint."""
    columns = engine.columns(node.relation)
    if not columns:
        return Contents({}, 0, "")
    path = place / engine.target
    engine.export(node.relation, path)
    files = f"{path}/*.parquet" if path.is_dir() else str(path)
    view = identifier(engine.target)
    db.execute(
        f"create view {view} as select {_selected(node, columns, ignored)} "  # noqa: S608
        f"from read_parquet({literal(files)})"
    )
    names = [name for name, *_ in db.execute(f"describe {view}").fetchall()]
    counted = db.execute(
        f"select count(*), coalesce(sum(md5_number_lower({_row_text(names)})), 0) from {view}"  # noqa: S608
    ).fetchone()
    rows, total = counted or (0, 0)
    kept = {name: kind for name, kind in columns.items() if name not in ignored}
    return Contents(kept, int(rows), f"{int(total) % (1 << 64):016x}")


def _selected(node: Node, columns: Mapping[str, str], ignored: Collection[str]) -> str:
    left_out = {*ignored, *(_SNAPSHOT_CLOCKS if node.kind == "snapshot" else ())}
    selected = [identifier(name) for name in columns if name not in left_out]
    if node.kind == "snapshot":
        key = ", ".join(identifier(name) for name in node.key)
        selected += [
            f"row_number() over (partition by {key} order by dbt_valid_from) as version_number",
            f"dbt_valid_to = {_END_OF_TIME} as is_current",
        ]
    return ", ".join(selected)


def _row_text(names: Sequence[str]) -> str:
    # Each value with its length, so that different rows have different texts. A double's text is
    # the shortest that reads back as the same double.
    values = []
    for name in names:
        text = f"cast({identifier(name)} as varchar)"
        values.append(f"coalesce(length({text}) || ':' || {text}, '-')")
    return f"concat({', '.join(values)})"


def _differences(
    db: duckdb.DuckDBPyConnection,
    node: Node,
    contents: Mapping[str, Contents],
    first: str,
    other: str,
    shown: int,
) -> list[str]:
    here, there = contents[first], contents[other]
    for target, found in ((first, here), (other, there)):
        if not found.columns:
            return [f"is not on {target}"]
    if list(here.columns.items()) != list(there.columns.items()):
        return _column_differences(here.columns, there.columns, first, other)
    if (here.rows, here.fingerprint) == (there.rows, there.fingerprint):
        return []
    return _row_differences(db, node, first, other, shown)


def _column_differences(
    here: Mapping[str, str], there: Mapping[str, str], first: str, other: str
) -> list[str]:
    names = dict.fromkeys((*here, *there))
    found = [
        f"column {name} is {here.get(name, 'absent')} on {first}, "
        f"{there.get(name, 'absent')} on {other}"
        for name in names
        if here.get(name) != there.get(name)
    ]
    return found or [f"its columns stand in another order on {other} than on {first}"]


def _row_differences(
    db: duckdb.DuckDBPyConnection, node: Node, first: str, other: str, shown: int
) -> list[str]:
    """The number of differing rows, and the first ones with both values."""
    only_here = _only_in(db, first, other)
    only_there = _only_in(db, other, first)
    found = [f"{len(only_here)} rows only on {first}, {len(only_there)} only on {other}"]
    by_key = {_name(node, row): row for row in only_there}
    for row in only_here[:shown]:
        name = _name(node, row)
        beside = by_key.get(name)
        if beside is None:
            found.append(f"{name} is only on {first}")
            continue
        cells = [f"{c} {v!r}, {beside[c]!r}" for c, v in row.items() if v != beside[c]]
        found.append(f"{name}, {first} beside {other}: {'; '.join(cells)}")
    names_here = {_name(node, row) for row in only_here}
    names_there = [name for name in by_key if name not in names_here]
    return [*found, *(f"{name} is only on {other}" for name in names_there[:shown])]


def _only_in(db: duckdb.DuckDBPyConnection, first: str, other: str) -> list[dict[str, Any]]:
    result = db.execute(
        f"select * from {identifier(first)} except all select * from {identifier(other)} "  # noqa: S608
        "order by all"
    )
    names = [name for name, *_ in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _name(node: Node, row: Mapping[str, Any]) -> str:
    key = [name for name in (*node.key, "version_number") if name in row] or list(row)[:1]
    return ", ".join(f"{name} {row[name]}" for name in key)


def _relation(node: Any) -> Relation:
    return Relation(node.schema, node.alias)


def _key(node: Any) -> tuple[str, ...]:
    """The columns of the key; empty if dbt knows none, as for a seed."""
    if node.resource_type == "snapshot":
        key = node.config.unique_key
        return (key,) if isinstance(key, str) else tuple(key)
    return tuple(getattr(node, "primary_key", None) or ())


def _check_keys(engines: Sequence[Engine]) -> None:
    """Person ids are equal only if the warehouses' secret keys are."""
    try:
        keys = {
            str(engine.rows(f"select md5({COLUMN}) from {load_contract().schema}.{TABLE}"))  # noqa: S608
            for engine in engines
        }
    except MissingRelationError:
        return
    if len(keys) > 1:
        raise EcomError(
            "the warehouses give people different ids, because each has its own secret key; "
            f"load the shop into new ones with the same {VARIABLE}"
        )


def print_parity(engines: Sequence[Engine], *, shown: int = 3) -> None:
    """Compare everything that dbt builds on several engines, and print the result.

    Args:
        engines: Two or more.
        shown: Maximum number of differing rows to print, per relation and engine.

    Raises:
        EcomError: Something differs, or an engine cannot be reached.
    """
    _check_keys(engines)
    console = Console(highlight=False)
    nodes = built_nodes(engines[0])
    differing, rows = [], 0
    for comparison in compare(nodes, engines, shown=shown):
        found = next(iter(comparison.contents.values()))
        rows += found.rows
        verdict = "[red]differs[/red]" if comparison.differences else f"{found.fingerprint}  same"
        line = f"{comparison.node.relation!s:<46}{found.rows:>9,}  {verdict}"
        console.print(line, soft_wrap=True)
        for difference in comparison.differences:
            console.print(f"    {escape(printable(difference))}", soft_wrap=True)
        if comparison.differences:
            differing.append(str(comparison.node.relation))
    names = ", ".join(engine.target for engine in engines)
    if differing:
        raise EcomError(
            f"{len(differing)} of {len(nodes)} relations differ between {names}: "
            + ", ".join(differing)
        )
    console.print(f"{len(nodes)} relations, {rows:,} rows: the same on {names}")
