"""The floor: a build's own SQL, straight through DuckDB in one process, without dbt.

Run as `python benchmarks/floor.py MANIFEST RUN_RESULTS WAREHOUSE`. The warehouse is a copy with the
raw tables, seeds and functions of the build that left the two artifacts.
"""

import json
import sys
from pathlib import Path
from typing import Any

import duckdb


def statements(manifest: Any, run_results: Any) -> list[str]:
    """What dbt had DuckDB do, in the order in which it did it."""
    done = []
    for result in run_results["results"]:
        node = manifest["nodes"].get(result["unique_id"])
        sql = node and (result.get("compiled_code") or node.get("compiled_code"))
        # A snapshot's own columns are dbt's work, and so is what is tested on them.
        if not sql or any(name.startswith("snapshot.") for name in node["depends_on"]["nodes"]):
            continue
        if node["resource_type"] == "model":
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            relation = f'"{node["schema"]}"."{node["alias"]}"'
            done.append(f"create schema if not exists {node['schema']}")
            done.append(f"create or replace {kind} {relation} as ({sql}\n)")
        elif node["resource_type"] == "test":
            done.append(f"select count(*) from ({sql}\n)")  # noqa: S608
    return done


def main() -> None:
    """Run them."""
    manifest, run_results, warehouse = (Path(argument) for argument in sys.argv[1:])
    work = statements(json.loads(manifest.read_text()), json.loads(run_results.read_text()))
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for statement in work:
            connection.execute(statement).fetchall()
    print(f"{len(work)} statements")


if __name__ == "__main__":
    main()
