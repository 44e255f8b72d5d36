"""The floor: a build's own SQL, straight through DuckDB in one process, without dbt.

Run as `python benchmarks/floor.py MANIFEST RUN_RESULTS WAREHOUSE OUT`. The warehouse is a copy with
the raw tables, seeds, functions and snapshots of the build that wrote the two artifacts. The time
of the statements of models and of tests is written to OUT as JSON, with the slowest statements.
"""

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from measure import Cost

# The number of slow statements shown.
_SLOWEST: Final = 12


@dataclass(frozen=True)
class Statement:
    """SQL, its kind (`model`, including snapshots, or `test`) and its name."""

    kind: str
    name: str
    sql: str


def statements(manifest: Any, run_results: Any) -> list[Statement]:
    """The statements that dbt ran on DuckDB, in order."""
    done = []
    for result in run_results["results"]:
        node = manifest["nodes"].get(result["unique_id"])
        sql = node and (result.get("compiled_code") or node.get("compiled_code"))
        if not sql:
            continue
        if node["resource_type"] == "model":
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            relation = f'"{node["schema"]}"."{node["alias"]}"'
            done += [
                Statement("model", node["name"], made)
                for made in (
                    f"create schema if not exists {node['schema']}",
                    f"create or replace {kind} {relation} as ({sql}\n)",
                )
            ]
        elif node["resource_type"] == "snapshot":
            # Models read the existing snapshot; a copy of its query would lose the history.
            made = f"create or replace temporary table snapshotted as ({sql}\n)"
            done.append(Statement("model", node["name"], made))
        elif node["resource_type"] == "test":
            counted = f"select count(*) from ({sql}\n)"  # noqa: S608
            done.append(Statement("test", node["name"], counted))
    return done


def main() -> None:
    """Run the statements."""
    manifest, run_results, warehouse, out = (Path(argument) for argument in sys.argv[1:])
    work = statements(json.loads(manifest.read_text()), json.loads(run_results.read_text()))
    spent = {"model": Cost(0, 0), "test": Cost(0, 0)}
    seconds = []
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for statement in work:
            wall, cpu = time.perf_counter(), time.process_time()
            connection.execute(statement.sql).fetchall()
            took = Cost(time.perf_counter() - wall, time.process_time() - cpu)
            before = spent[statement.kind]
            spent[statement.kind] = Cost(before.wall + took.wall, before.cpu + took.cpu)
            seconds.append((round(took.cpu, 2), statement.kind, statement.name))
    found = {
        "spent": {kind: asdict(cost) for kind, cost in spent.items()},
        "slowest": sorted(seconds, reverse=True)[:_SLOWEST],
    }
    out.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
