"""The cost of a day compared with a rebuild, and the share of the warehouse it recomputes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb
import pyarrow.parquet as pq

from measure import Cost
from results import Record
from tables import CPU, ORDERS, WALL, table
from workspace import WITHOUT_TESTS, Workspace

SECTION: Final = "increments"
# Includes every test that depends on data, both in a day and in a rebuild.
_DAILY: Final = ("--selector", "daily")
# Models run one after the other, so that each model's time is its own.
_MODELS: Final = (*WITHOUT_TESTS, "--threads", "1")
# The number of models shown.
_SLOWEST: Final = 12
# The tables computed by order or person: each row has the time of the change it was built from.
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
    """Rows in a day's batch and in the raw tables; rows the incremental run computed, and all."""

    changed: int
    held: int
    computed: int
    built: int


@dataclass(frozen=True)
class Model:
    """A model's materialization and its wall-clock seconds."""

    materialized: str
    seconds: float


class Timed(NamedTuple):
    """A model's name, its materialization, and its seconds in a day and in a rebuild."""

    name: str
    built_as: str
    day: float
    rebuild: float


def measure(workspace: Workspace, runs: int) -> Record:
    """Simulate and build a day with and without tests, then rebuild with and without tests."""
    warehouse, shop = workspace.built, workspace.shop

    def live() -> None:
        workspace.ecom("advance", "--from", str(shop))

    costs, days = [], []
    models: dict[str, Mapping[str, Model]] = {}
    for _ in range(runs):
        live()
        cost = {"day": workspace.ecom("build", *_DAILY)}
        days.append(_day(shop, warehouse))
        live()
        cost["day_models"] = workspace.ecom("build", *_MODELS)
        models["day"] = _built(workspace.target)
        cost["day_incremental"] = incremental(models["day"])
        cost["rebuild"] = workspace.ecom("build", "--full-refresh", *_DAILY)
        cost["rebuild_models"] = workspace.ecom("build", "--full-refresh", *_MODELS)
        models["rebuild"] = _built(workspace.target)
        cost["rebuild_incremental"] = incremental(models["rebuild"])
        costs.append(cost)
    facts = {"day": asdict(days[-1]), "models": beside(models["day"], models["rebuild"])}
    return Record(SECTION, workspace.orders, costs, facts)


def render(records: Sequence[Record]) -> list[str]:
    """The section's part of the page."""
    costs, rows, models = [], [], []
    for record in records:
        models += [
            (f"{record.orders:,}", name, built_as, f"{day:.2f}", f"{rebuild:.2f}")
            for name, built_as, day, rebuild in record.facts["models"][:_SLOWEST]
        ]
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
                    "" if other == step else f"{record.ratio(step, other):.1%}",
                )
            )
        day = Day(**record.facts["day"])
        figures = (record.orders, day.held, day.changed, day.built, day.computed)
        rows.append(tuple(f"{figure:,}" for figure in figures))
    return [
        *table((ORDERS, "what", WALL, CPU, "of the rebuild's CPU"), costs),
        "",
        *table(
            (
                *(ORDERS, "rows of the shop", "changed in a day"),
                *("rows that follow changed orders", "computed in a day"),
            ),
            rows,
        ),
        "",
        "What takes most of a day, one model after the other:",
        "",
        *table((ORDERS, "model", "built as", "a day, s", "a rebuild, s"), models),
    ]


def _built(target: Path) -> dict[str, Model]:
    """The models of the last build."""
    return timed_models(
        json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"],
        json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"],
    )


def timed_models(
    nodes: Mapping[str, Any], results: Sequence[Mapping[str, Any]]
) -> dict[str, Model]:
    """The time dbt measured for each model among some nodes, by name."""
    return {
        nodes[result["unique_id"]]["alias"]: Model(
            nodes[result["unique_id"]]["config"]["materialized"], float(result["execution_time"])
        )
        for result in results
        if nodes.get(result["unique_id"], {}).get("resource_type") == "model"
    }


def incremental(models: Mapping[str, Model]) -> Cost:
    """Wall-clock seconds of the incremental models, in a day and in a rebuild."""
    seconds = sum(m.seconds for m in models.values() if m.materialized == "incremental")
    return Cost(seconds, seconds)


def beside(day: Mapping[str, Model], rebuild: Mapping[str, Model]) -> list[Timed]:
    """The models of a day with their time in a rebuild, slowest first."""
    return [
        Timed(name, model.materialized, round(model.seconds, 2), round(rebuild[name].seconds, 2))
        for name, model in sorted(day.items(), key=lambda item: -item[1].seconds)
    ]


def _day(shop: Path, warehouse: Path) -> Day:
    """The last simulated day of a shop, built into a warehouse."""
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
