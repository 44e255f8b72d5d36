"""What a day costs beside a rebuild, and how much of the warehouse it computes anew."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow.parquet as pq

from measure import Cost
from results import Record
from tables import CPU, MEMORY, ORDERS, WALL, table
from workspace import WITHOUT_TESTS, Workspace

SECTION: Final = "increments"
# One model after the other, so that the seconds of each are its own.
_MODELS: Final = (*WITHOUT_TESTS, "--threads", "1")
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
_STEPS: Final = {
    "day": "a day",
    "rebuild": "a rebuild",
    "day_models": "a day, without tests",
    "rebuild_models": "a rebuild, without tests",
    "day_incremental": "a day, incremental models",
    "rebuild_incremental": "a rebuild, incremental models",
}


@dataclass(frozen=True)
class Day:
    """Rows in a day's batch and in the raw tables; rows its increment computed, and of all."""

    changed: int
    held: int
    computed: int
    built: int


def measure(workspace: Workspace, runs: int) -> Record:
    """Live a day with tests and one without, then build anew with tests and without."""
    warehouse, shop = workspace.built, workspace.shop

    def live() -> None:
        workspace.ecom("advance", "--from", str(shop))

    costs, days = [], []
    for _ in range(runs):
        live()
        cost = {"day": workspace.ecom("build", "--selector", "daily")}
        days.append(_day(shop, warehouse))
        live()
        cost["day_models"] = workspace.ecom("build", *_MODELS)
        cost["day_incremental"] = _incremental(workspace.target)
        cost["rebuild"] = workspace.ecom("build", "--full-refresh")
        cost["rebuild_models"] = workspace.ecom("build", "--full-refresh", *_MODELS)
        cost["rebuild_incremental"] = _incremental(workspace.target)
        costs.append(cost)
    return Record(SECTION, workspace.orders, costs, {"day": asdict(days[-1])})


def render(records: Sequence[Record]) -> list[str]:
    """The section's part of the page."""
    costs, rows = [], []
    for record in records:
        for step, name in _STEPS.items():
            cost = record.cost(step)
            other = step.replace("day", "rebuild")
            timed = step.endswith("incremental")
            costs.append(
                (
                    f"{record.orders:,}",
                    name,
                    f"{cost.wall:.2f}",
                    "" if timed else f"{cost.cpu:.2f}",
                    "" if timed else f"{cost.memory / 1e6:,.0f}",
                    "" if other == step else f"{record.ratio(step, other):.1%}",
                )
            )
        day = Day(**record.facts["day"])
        figures = (record.orders, day.held, day.changed, day.built, day.computed)
        rows.append(tuple(f"{figure:,}" for figure in figures))
    return [
        *table((ORDERS, "what", WALL, CPU, MEMORY, "of the rebuild's CPU"), costs),
        "",
        *table(
            (
                *(ORDERS, "rows of the shop", "changed in a day"),
                *("rows that follow changed orders", "computed in a day"),
            ),
            rows,
        ),
    ]


def _incremental(target: Path) -> Cost:
    """The last build's incremental models, as dbt timed them: seconds of wall clock, as both."""
    seconds = incremental_seconds(
        json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"],
        json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"],
    )
    return Cost(seconds, seconds)


def incremental_seconds(nodes: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> float:
    """The sum of what dbt timed for the incremental ones among some nodes."""
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
