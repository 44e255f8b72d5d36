"""How long the report's queries and the analyses take on a built warehouse."""

import json
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb

from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.report.reader import Reader
from ecommerce_analytics.report.write import PAGES, read_frame
from measure import percentile
from results import Record
from tables import ORDERS, table
from workspace import Workspace

SECTION: Final = "marts"
# How often each query runs per repetition.
_ROUNDS: Final = 10
_SLOWEST: Final = 5
_MART: Final = re.compile(r"\b(?:marts|audit)\.(\w+)")


def measure(workspace: Workspace, runs: int) -> Record:
    """Run every query, round after round, through one connection of this process."""
    warehouse = workspace.built
    asked = {
        "dashboard": dashboard(warehouse),
        "analyses": _analyses(workspace.compile("--select", "resource_type:analysis")),
    }
    facts = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for kind, queries in asked.items():
            workspace.say(f"{len(queries)} queries of the {kind}, {runs * _ROUNDS} times each")
            facts[kind] = summary(_timings(connection, queries, runs * _ROUNDS))
    return Record(SECTION, workspace.orders, [{}] * runs, facts)


def summary(timings: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Percentiles over all queries, and of the slowest ones; milliseconds."""
    queries = {
        name: [1000 * percentile(seconds, share) for share in (0.5, 0.95)]
        for name, seconds in timings.items()
    }
    every = [second for seconds in timings.values() for second in seconds]
    slowest = sorted(queries, key=lambda name: (-queries[name][1], name))[:_SLOWEST]
    return {
        "queries": len(queries),
        "answers": len(every),
        "p50": 1000 * percentile(every, 0.5),
        "p95": 1000 * percentile(every, 0.95),
        "slowest": {name: queries[name] for name in slowest},
    }


def render(records: Sequence[Record]) -> list[str]:
    """The section's part of the page."""
    whole, single = [], []
    for record in records:
        for kind, found in record.facts.items():
            whole.append(
                (
                    f"{record.orders:,}",
                    kind,
                    f"{found['queries']:,}",
                    f"{found['answers']:,}",
                    f"{found['p50']:.1f}",
                    f"{found['p95']:.1f}",
                )
            )
            single += [
                (f"{record.orders:,}", f"{kind}: {name}", f"{p50:.1f}", f"{p95:.1f}")
                for name, (p50, p95) in found["slowest"].items()
            ]
    return [
        *table((ORDERS, "what", "queries", "answers", "p50, ms", "p95, ms"), whole),
        "",
        "The slowest of each:",
        "",
        *table((ORDERS, "what", "p50, ms", "p95, ms"), single),
    ]


def _timings(
    connection: duckdb.DuckDBPyConnection, queries: Mapping[str, str], rounds: int
) -> dict[str, list[float]]:
    timings: dict[str, list[float]] = {name: [] for name in queries}
    for _ in range(rounds):
        for name, query in queries.items():
            started = time.perf_counter()
            connection.execute(query).fetchall()
            timings[name].append(time.perf_counter() - started)
    return timings


def dashboard(warehouse: Path) -> dict[str, str]:
    """The report's queries, each once, by the first page that uses it and the relations read."""
    answers: dict[str, Any] = {}
    reader = Reader(DuckDBEngine(warehouse), answers)
    read_frame(reader)
    asked = dict.fromkeys(answers, "every page")
    for key, (_, build) in PAGES.items():
        build(reader.again())
        asked |= {query: key for query in answers if query not in asked}
    named: dict[str, str] = {}
    for query, page in asked.items():
        reads = " ".join(dict.fromkeys(_MART.findall(query)))
        number = sum(1 for name in named if name.partition(" #")[0] == f"{page}, {reads}")
        named[f"{page}, {reads}" + (f" #{number + 1}" if number else "")] = query
    return named


def _analyses(manifest: Path) -> dict[str, str]:
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    return {n["name"]: n["compiled_code"] for n in nodes if n["resource_type"] == "analysis"}
