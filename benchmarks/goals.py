"""The project's performance goals, the measured figures, and what limits them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log10
from typing import Final

import builds
import days
import generation
import marts
import sizes
from results import Record
from tables import table


@dataclass(frozen=True)
class Goal:
    """A performance goal.

    Attributes:
        what: What is measured.
        section: The section of the harness that measures it.
        orders: The size at which it applies.
        aim: The goal in words.
        bound: The goal as a number: an upper limit, or a lower one with `at_least`.
        figure: The number, from the section's records up to that size, at the last and largest of
            them; none where more are needed.
        shown: The format of the number.
        limit: What limits it, largest first.
        at_least: Whether more is better.
    """

    what: str
    section: str
    orders: int
    aim: str
    bound: float
    figure: Callable[[Sequence[Record]], float | None]
    shown: str
    limit: Callable[[Record], str]
    at_least: bool = False


def _generated(records: Sequence[Record]) -> float:
    return generation.speed(records[-1], "generate")


def _memory(step: str) -> Callable[[Sequence[Record]], float | None]:
    def held(records: Sequence[Record]) -> float | None:
        last = records[-1]
        return last.cost(step).memory / 1e9 if last.has(step) else None

    return held


def _growth(records: Sequence[Record]) -> float | None:
    """The factor of CPU time for ten times the orders, between the two largest sizes."""
    if len(records) == 1:
        return None
    *_, small, large = records
    cpu = large.cost("build").cpu / small.cost("build").cpu
    return float(10 ** (log10(cpu) / log10(large.orders / small.orders)))


def _answers(records: Sequence[Record]) -> float:
    return max(float(found["p95"]) for found in records[-1].facts.values())


def _floor_of_generation(record: Record) -> str:
    times = generation.speed(record, "floor")
    return (
        "DuckDB alone, writing as many rows of constants into as many columns, is "
        f"{times:,.0f} times as fast as jafgen."
    )


def _before_any_sql(record: Record) -> str:
    parts = builds.parts_of(record)
    nodes = record.facts["nodes"]
    return (
        f"Of its CPU seconds {parts['start']:.1f} go before dbt has read anything, "
        f"{parts['parse']:.1f} into parsing, {parts['models: SQL'] + parts['tests: SQL']:.1f} into "
        f"SQL; the rest is dbt's own work for {nodes['models'] + nodes['tests']} nodes."
    )


def _what_dbt_adds(record: Record) -> str:
    # Only the total: its split into models and tests is a difference of whole runs.
    parts = builds.parts_of(record)
    return (
        "dbt's own work for models, seeds, snapshots and tests takes "
        f"{parts['models: dbt'] + parts['tests: dbt']:.1f} CPU seconds, start and parsing "
        f"{parts['start'] + parts['parse']:.1f}. What a model costs beyond its SELECT counts as "
        "dbt's: the enforced key's index, constraints, comments."
    )


def _what_a_build_holds(record: Record) -> str:
    statement = record.facts["slowest"][0]
    return (
        "What DuckDB holds above its limit, and Python; the dearest model is "
        f"{statement[2]}, one at a time."
    )


def _what_is_whole_each_day(record: Record) -> str:
    models = [days.Timed(*found) for found in record.facts["models"]]
    followed = [found for found in models if found.built_as == "incremental"]
    day, rebuild = (sum(getattr(m, step) for m in followed) for step in ("day", "rebuild"))
    whole = sum(m.day for m in models) - day
    return (
        f"What is built anew each day takes {whole:.0f} of the day's "
        f"{whole + day:.0f} seconds of models, most of it `{models[0].name}`: each journey moves "
        "the weights of Markov's chain, each day every customer's recency. What follows the "
        f"changes takes {day / rebuild:.0%} of its rebuild."
    )


def _slowest_answer(record: Record) -> str:
    slowest = {
        query: p95
        for found in record.facts.values()
        for query, (_, p95) in found["slowest"].items()
    }
    query = max(slowest, key=lambda name: slowest[name])
    return (
        f"Queries that read all orders or all persons; the slowest, {query}, "
        f"takes {slowest[query]:,.0f} ms."
    )


GOALS: Final = (
    Goal(
        "generation, rows a second over jafgen's",
        generation.SECTION,
        50_000_000,
        "500 times",
        500,
        _generated,
        "{:,.0f} times",
        _floor_of_generation,
        at_least=True,
    ),
    Goal(
        "generation, memory",
        generation.SECTION,
        50_000_000,
        "under 3 GB",
        3,
        _memory("generate"),
        "{:.2f} GB",
        lambda _: "A chunk of orders is held whole.",
    ),
    Goal(
        "full build with all tests, CPU",
        builds.SECTION,
        50_000,
        "under 6 s",
        6,
        lambda records: records[-1].cost("build").cpu,
        "{:.1f} s",
        _before_any_sql,
    ),
    Goal(
        "full build with all tests over its floor, CPU",
        builds.SECTION,
        5_000_000,
        "at most 1.2",
        1.2,
        lambda records: records[-1].ratio("build", "floor"),
        "{:.2f}",
        _what_dbt_adds,
    ),
    Goal(
        "bounded build, memory",
        builds.SECTION,
        50_000_000,
        "under 8 GB",
        8,
        _memory("bounded"),
        "{:.1f} GB",
        _what_a_build_holds,
    ),
    Goal(
        "full build, CPU for ten times the orders",
        builds.SECTION,
        50_000_000,
        "at most 10 times",
        10,
        _growth,
        "{:.1f} times",
        lambda _: "Joins and sorts that no longer fit into memory.",
    ),
    Goal(
        "one day with its tests, of a full refresh's CPU",
        days.SECTION,
        50_000_000,
        "under 3 %",
        0.03,
        lambda records: records[-1].ratio("day", "rebuild"),
        "{:.1%}",
        _what_is_whole_each_day,
    ),
    Goal(
        "queries of the marts, p95",
        marts.SECTION,
        50_000_000,
        "under 100 ms",
        100,
        _answers,
        "{:,.0f} ms",
        _slowest_answer,
    ),
)


def render(records: Sequence[Record]) -> list[str]:
    """The goals at the largest measured size, and what limits them."""
    rows, limits = [], []
    for goal in GOALS:
        found = [
            record
            for record in records
            if record.section == goal.section and record.orders <= goal.orders
        ]
        figure = goal.figure(found) if found else None
        if figure is None:
            continue
        largest = found[-1]
        is_met = figure >= goal.bound if goal.at_least else figure <= goal.bound
        seen = goal.shown.format(figure)
        is_reached = "yes" if is_met else "no"
        if is_met and largest.orders < goal.orders:
            is_reached = "so far"
        rows.append(
            (goal.what, goal.aim, f"{goal.orders:,}", seen, f"{largest.orders:,}", is_reached)
        )
        if not is_met:
            limits.append(f"- **{goal.what}**: {goal.limit(largest)}")
    if not rows:
        return []
    columns = ("what", "goal", "at orders", "seen", "at", "reached")
    return [
        *table(columns, rows),
        *_room(records, max(goal.orders for goal in GOALS)),
        *(["", "What stands in the way:", "", *limits] if limits else []),
    ]


def _room(records: Sequence[Record], orders: int) -> list[str]:
    """The disk space that the largest size would need, if it was not built."""
    sized = {record.orders: record for record in records if record.section == sizes.SECTION}
    measured = max(sized, default=orders)
    if measured >= orders:
        return []
    each = sized[measured].facts["file_bytes"] / measured
    return [
        "",
        f"A warehouse of {orders:,} orders was not built: at {measured:,} its file, rebuilt, has "
        f"{each:,.0f} bytes for each order, which makes {each * orders / 1e9:,.0f} GB, and the "
        "harness needs room for three.",
    ]
