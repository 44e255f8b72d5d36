"""The floor: a build's own SQL, straight through DuckDB in one process, without dbt.

Run as `python benchmarks/floor.py MANIFEST RUN_RESULTS WAREHOUSE OUT`. The warehouse is a copy with
the raw tables, seeds, functions and snapshots of the build that left the two artifacts. What the
statements of models and of tests took goes to OUT, as JSON.
"""

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from measure import Cost


@dataclass(frozen=True)
class Statement:
    """SQL, and of what: `model` or `test`."""

    kind: str
    sql: str


def statements(manifest: Any, run_results: Any) -> list[Statement]:
    """What dbt had DuckDB do, in the order in which it did it."""
    done = []
    for result in run_results["results"]:
        node = manifest["nodes"].get(result["unique_id"])
        sql = node and (result.get("compiled_code") or node.get("compiled_code"))
        if not sql:
            continue
        if node["resource_type"] == "model":
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            relation = f'"{node["schema"]}"."{node["alias"]}"'
            done.append(Statement("model", f"create schema if not exists {node['schema']}"))
            done.append(Statement("model", f"create or replace {kind} {relation} as ({sql}\n)"))
        elif node["resource_type"] == "test":
            done.append(Statement("test", f"select count(*) from ({sql}\n)"))  # noqa: S608
    return done


def main() -> None:
    """Run them."""
    manifest, run_results, warehouse, out = (Path(argument) for argument in sys.argv[1:])
    work = statements(json.loads(manifest.read_text()), json.loads(run_results.read_text()))
    spent = {"model": Cost(0, 0), "test": Cost(0, 0)}
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for statement in work:
            wall, cpu = time.perf_counter(), time.process_time()
            connection.execute(statement.sql).fetchall()
            before = spent[statement.kind]
            spent[statement.kind] = Cost(
                before.wall + time.perf_counter() - wall, before.cpu + time.process_time() - cpu
            )
    out.write_text(json.dumps({kind: asdict(cost) for kind, cost in spent.items()}))


if __name__ == "__main__":
    main()
