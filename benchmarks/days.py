"""One day of a shop against a rebuild, at several sizes; writes DAYS.md, see README.md."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import duckdb
import pyarrow.parquet as pq

from measure import Cost, medians, run
from page import head

_HERE: Final = Path(__file__).resolve().parent
_PAGE: Final = _HERE / "DAYS.md"
_SIZES: Final = (50_000, 500_000)
# As in the default shop.
_ORDERS_PER_CUSTOMER: Final = 5
# One model after the other, so that the seconds of each are its own.
_MODELS: Final = (
    *("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
    *("--threads", "1"),
)
# The tables that are computed by order or person: each row says through which change it was built.
_FOLLOWING: Final = (
    "intermediate.int_order_items__amounts",
    "intermediate.int_refunds__items",
    "intermediate.int_orders__sequence",
    "intermediate.int_customers__orders_agg",
    "marts.fact_orders",
    "marts.fact_order_items",
    "marts.fact_refunds",
)


@dataclass(frozen=True)
class Build:
    """What a build cost, and the seconds that it spent in incremental models."""

    cost: Cost
    incremental: float


@dataclass(frozen=True)
class Day:
    """Rows in a day's batch and in the raw tables; rows its increment computed, and of all."""

    changed: int
    held: int
    computed: int
    built: int


def main() -> None:
    """Measure each size and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, action="append", help="a size; may be repeated")
    parser.add_argument("--runs", type=int, default=3, help="how many days are lived")
    options = parser.parse_args()
    rows = []
    for orders in options.orders or _SIZES:
        with tempfile.TemporaryDirectory(prefix="ecom-bench-") as scratch:
            rows.append(_measure(orders, options.runs, Path(scratch)))
    page = head("A day against a rebuild", "make bench-days", options.runs)
    _PAGE.write_text("\n".join([page, *_table(rows)]), encoding="utf-8")
    print(f"wrote {_PAGE.relative_to(_HERE.parent)}")


def _measure(orders: int, runs: int, scratch: Path) -> tuple[int, Day, Build, Build]:
    """Live some days on a built shop; then build it anew."""
    ecom = str(Path(sys.executable).with_name("ecom"))
    shop, warehouse = scratch / "shop", scratch / "warehouse.duckdb"
    environment = {
        "DBT_TARGET": "duckdb",
        "ECOM_WAREHOUSE": str(warehouse),
        "DBT_TARGET_PATH": str(scratch / "target"),
        "DBT_LOG_PATH": str(scratch / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }

    def timed(*arguments: str) -> Build:
        cost = run([ecom, *arguments], environment)
        print(f"{orders:,} orders: ecom {' '.join(arguments)}: {cost.wall:.1f} s", flush=True)
        return Build(cost, _incremental_seconds(scratch / "target"))

    size = ("--orders", str(orders), "--customers", str(orders // _ORDERS_PER_CUSTOMER))
    run([ecom, "generate", "--out", str(shop), *size], environment)
    run([ecom, "load", "--from", str(shop)], environment)
    timed("build", *_MODELS)
    days = []
    for _ in range(runs):
        run([ecom, "advance", "--from", str(shop)], environment)
        days.append(timed("build", *_MODELS))
    lived = _day(shop, warehouse)
    rebuild = timed("build", "--full-refresh", *_MODELS)
    return orders, lived, _median(days), rebuild


def _median(builds: Sequence[Build]) -> Build:
    return Build(
        medians([build.cost for build in builds]),
        median(build.incremental for build in builds),
    )


def _incremental_seconds(target: Path) -> float:
    """The seconds of the last build's incremental models, as dbt timed them."""
    if not (target / "run_results.json").exists():
        return 0.0
    nodes: Any = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    results: Any = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    return sum(
        float(result["execution_time"])
        for result in results
        if result["unique_id"] in nodes
        and nodes[result["unique_id"]]["config"]["materialized"] == "incremental"
    )


def _day(shop: Path, warehouse: Path) -> Day:
    """The last day of a shop that has lived on, built into a warehouse."""
    (*_, batch) = sorted((shop / "days").glob("????-??-??"))
    changed = sum(pq.read_metadata(path).num_rows for path in batch.glob("*.parquet"))
    with duckdb.connect(str(warehouse), read_only=True) as connection:

        def count(query: str) -> int:
            ((number,),) = connection.execute(query).fetchall()
            return int(number)

        held = count(
            "select sum(estimated_size) from duckdb_tables() where schema_name = 'raw_data'"
        )
        built = sum(count(f"select count(*) from {table}") for table in _FOLLOWING)  # noqa: S608
        newest = "where built_through = (select max(built_through) from marts.fact_orders)"
        computed = sum(count(f"select count(*) from {table} {newest}") for table in _FOLLOWING)  # noqa: S608
    return Day(changed, held, computed, built)


def _table(rows: Sequence[tuple[int, Day, Build, Build]]) -> list[str]:
    lines = [
        "| orders | rows of the shop | changed in a day | rows that follow | computed in a day "
        "| day, s | rebuild, s | day, CPU s | rebuild, CPU s | ratio "
        "| incremental models: day, s | rebuild, s | ratio |",
        "| ---: |" + " ---: |" * 12,
    ]
    for orders, day, lived, rebuild in rows:
        figures = (
            f"{orders:,}",
            f"{day.held:,}",
            f"{day.changed:,}",
            f"{day.built:,}",
            f"{day.computed:,}",
            f"{lived.cost.wall:.1f}",
            f"{rebuild.cost.wall:.1f}",
            f"{lived.cost.cpu:.1f}",
            f"{rebuild.cost.cpu:.1f}",
            f"{lived.cost.cpu / rebuild.cost.cpu:.0%}",
            f"{lived.incremental:.1f}",
            f"{rebuild.incremental:.1f}",
            f"{lived.incremental / rebuild.incremental:.0%}",
        )
        lines.append(f"| {' | '.join(figures)} |")
    return [*lines, ""]


if __name__ == "__main__":
    main()
