"""The cost of a full build, compared with the floor, and its distribution."""

import itertools
import json
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, Final

from measure import Cost
from results import Record
from tables import CPU, MEMORY, ORDERS, WALL, table
from workspace import HERE, WITHOUT_TESTS, Workspace

SECTION: Final = "build"
_START: Final = (
    "import dbt.cli.main, dbt.adapters.duckdb, ecommerce_analytics.cli, ecommerce_analytics.build"
)
_PARSE: Final = (
    f"{_START}; from pathlib import Path; from os import environ; "
    "from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine; "
    "from ecommerce_analytics.dbt_runner import parse; "
    "parse(DuckDBEngine(Path(environ['ECOM_WAREHOUSE'])))"
)
# DuckDB's limit for machines with less memory; models are built one after the other.
_BOUND: Final = "7GB"
_SHOWN: Final = {
    "build": "build",
    "bounded": f"build with `--threads 1`, `ECOM_MEMORY_LIMIT={_BOUND}`",
    "models": "build without tests",
    "floor": "floor",
}
PARTS: Final = ("start", "parse", "models: SQL", "models: dbt", "tests: SQL", "tests: dbt")


def measure(workspace: Workspace, runs: int) -> Record:
    """Build, run the floor, build without tests, parse, start, and build with little memory."""
    raw = workspace.folder / "raw.duckdb"
    shutil.copy(workspace.loaded, raw)
    costs = []
    nodes: dict[str, int] = {}
    slowest: Sequence[Sequence[Any]] = ()
    for _ in range(runs):
        cost = {"build": workspace.ecom("build", "--full-refresh")}
        if not nodes:
            nodes = _nodes(workspace)
            # The build's own manifest has no SQL for the models it built in batches.
            kept = workspace.folder / "kept"
            kept.mkdir(exist_ok=True)
            shutil.copy(workspace.target / "run_results.json", kept)
            shutil.copy(workspace.compile(), kept)
        spent, slowest = _floor(workspace)
        cost |= spent
        cost["models"] = workspace.ecom("build", "--full-refresh", *WITHOUT_TESTS)
        cost["parse"] = workspace.python("parse", "-c", _PARSE)
        cost["start"] = workspace.python("start", "-c", _START)
        # dbt parses again for another limit; this way its cache for the others is kept.
        bound = {
            "ECOM_MEMORY_LIMIT": _BOUND,
            "DBT_TARGET_PATH": str(workspace.folder / "bounded"),
        }
        workspace.python("parse, with a limit of memory", "-c", _PARSE, environment=bound)
        cost["bounded"] = workspace.ecom(
            *("build", "--full-refresh", "--threads", "1"), environment=bound
        )
        costs.append(cost)
    raw.unlink()
    workspace.is_built = True
    return Record(SECTION, workspace.orders, costs, {"nodes": nodes, "slowest": slowest})


def split(run: Mapping[str, Cost]) -> dict[str, float]:
    """The CPU seconds of a build by part; the parts add up to the total."""
    cpu = {step: cost.cpu for step, cost in run.items()}
    return {
        "start": cpu["start"],
        "parse": cpu["parse"] - cpu["start"],
        "models: SQL": cpu["floor_model"],
        "models: dbt": cpu["models"] - cpu["parse"] - cpu["floor_model"],
        "tests: SQL": cpu["floor_test"],
        "tests: dbt": cpu["build"] - cpu["models"] - cpu["floor_test"],
    }


def parts_of(record: Record) -> dict[str, float]:
    """The medians of the parts."""
    splits = [split(run) for run in record.runs]
    return {part: median(found[part] for found in splits) for part in PARTS}


def render(records: Sequence[Record]) -> list[str]:
    """The section's part of the page."""
    whole, parts, slowest = [], [], []
    for record in records:
        for step, name in _SHOWN.items():
            if not record.has(step):
                continue
            cost = record.cost(step)
            whole.append(
                (
                    f"{record.orders:,}",
                    name,
                    f"{cost.wall:.2f}",
                    f"{cost.cpu:.2f}",
                    f"{cost.memory / 1e6:,.0f}",
                    f"{record.ratio(step, 'floor'):.2f}",
                )
            )
        slowest += [
            (f"{record.orders:,}", name, kind, f"{seconds:.2f}")
            for seconds, kind, name in record.facts["slowest"]
        ]
        seconds = parts_of(record)
        nodes = record.facts["nodes"]
        parts.append(
            (
                f"{record.orders:,}",
                *(f"{seconds[part]:.2f}" for part in PARTS),
                *(
                    f"{nodes[kind]} / {1000 * seconds[f'{kind}: dbt'] / nodes[kind]:.0f}"
                    for kind in ("models", "tests")
                ),
            )
        )
    columns = (
        *(ORDERS, *PARTS),
        *("nodes without tests / dbt's ms each", "tests / dbt's ms each"),
    )
    return [
        *table((ORDERS, "what", WALL, CPU, MEMORY, "CPU over the floor's"), whole),
        "",
        "Where the CPU seconds of a build go:",
        "",
        *table(columns, parts),
        "",
        "The floor's slowest statements:",
        "",
        *table((ORDERS, "statement", "what", CPU), slowest),
        *_growth(records),
    ]


def _growth(records: Sequence[Record]) -> list[str]:
    """The growth in cost from each size to the next."""
    pairs = list(itertools.pairwise(records))
    if not pairs:
        return []
    rows = [
        (
            f"{small.orders:,}",
            f"{large.orders:,}",
            f"{large.orders / small.orders:.1f}",
            *(f"{large.cost(step).cpu / small.cost(step).cpu:.1f}" for step in ("build", "floor")),
        )
        for small, large in pairs
    ]
    columns = ("from orders", "to orders", "times the orders", "times the build", "times the floor")
    return ["", "How CPU time grows with the orders:", "", *table(columns, rows)]


def _floor(workspace: Workspace) -> tuple[dict[str, Cost], Sequence[Sequence[Any]]]:
    """The floor as a whole process, its statements by kind, and the slowest statements."""
    kept, folder = workspace.folder / "kept", workspace.folder / "floor"
    folder.mkdir(exist_ok=True)
    # Named like the warehouse, because the SQL contains the database's name.
    warehouse = folder / workspace.warehouse.name
    shutil.copy(workspace.folder / "raw.duckdb", warehouse)
    out = folder / "spent.json"
    files = (kept / "manifest.json", kept / "run_results.json", warehouse, out)
    cost = workspace.python("the floor", str(HERE / "floor.py"), *(str(path) for path in files))
    found = json.loads(out.read_text(encoding="utf-8"))
    spent = {f"floor_{kind}": Cost(**took) for kind, took in found["spent"].items()}
    shutil.rmtree(folder)
    return {"floor": cost, **spent}, found["slowest"]


def _nodes(workspace: Workspace) -> dict[str, int]:
    """The number of nodes in the last build: tests, and others."""
    results = json.loads((workspace.target / "run_results.json").read_text())["results"]
    kinds = Counter(result["unique_id"].partition(".")[0] for result in results)
    tests = kinds["test"] + kinds["unit_test"]
    return {"models": kinds.total() - tests, "tests": tests}
