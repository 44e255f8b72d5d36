"""The Spark cluster that a shop far too large for this machine would need.

Takes the two largest sizes that `sizes`, `build` and `increments` were measured at (without the
last, a day is left out), and the assumptions below. `python benchmarks/simulate.py --executors 50`
changes one; `--write` writes the tables into docs/scaling.md, which a test checks.
"""

import argparse
import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ecommerce_analytics.paths import short_path
from results import Record, load
from sizes import shuffled_bytes
from tables import table
from workspace import HERE

DOC: Final = HERE.parent / "docs" / "scaling.md"
BEGIN: Final = "<!-- generated: simulation -->"
END: Final = "<!-- end -->"
_NEEDED: Final = ("sizes", "build")
_DAYS: Final = "increments"
_LAYERS: Final = ("raw_data", "intermediate", "marts", "snapshots")
_BY_MONTH: Final = ("marts.fact_orders", "marts.fact_order_items")
# Tables and models below this share of the total are summed up.
_SHARE: Final = 0.02
_SHUFFLE_PART: Final = 200e6
_DAYS_A_MONTH: Final = 30


@dataclass(frozen=True)
class Inputs:
    """The assumptions; the page's table shows where each is tested.

    Attributes:
        orders: The shop's orders.
        months: The length of its history.
        file_mb: The target size of a table's file.
        executors: Machines.
        cores: Cores per machine.
        utilisation: The share of time that cores are busy.
        spark_factor: Spark's CPU time over DuckDB's for the same SQL.
        compression: Bytes on the network over bytes of rows.
        network_mb: Bandwidth of one executor per second.
        core_hour: Dollars.
        gigabyte_month: Dollars, in an object store.
    """

    orders: int = 10_000_000_000
    months: int = 36
    file_mb: int = 512
    executors: int = 100
    cores: int = 16
    utilisation: float = 0.6
    spark_factor: float = 3.0
    compression: float = 0.5
    network_mb: float = 500.0
    core_hour: float = 0.05
    gigabyte_month: float = 0.023

    def __post_init__(self) -> None:
        """Reject impossible inputs.

        Raises:
            SystemExit: An input is not above 0, or a share is above 1.
        """
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            most = 1 if field.name in ("utilisation", "compression") else math.inf
            if not 0 < value <= most:
                raise SystemExit(
                    f"error: {field.name} is {value}, expected more than 0"
                    + (" and at most 1" if most == 1 else "")
                )


@dataclass(frozen=True)
class Grown:
    """A figure at the two measured sizes, and its projection."""

    exponent: float
    value: float


def grow(
    sizes: tuple[int, int], values: tuple[float, float], orders: int, most: float = math.inf
) -> Grown:
    """Extrapolate a figure as a power of the orders, from two sizes.

    An exponent of 1 grows with the orders, one of 0 is constant. A figure that shrank, or is 0 at
    the smaller size, is treated as constant. The exponent is at most `most`.
    """
    small, large = values
    exponent = 0.0
    if 0 < small < large:
        exponent = min(most, math.log(large / small) / math.log(sizes[1] / sizes[0]))
    return Grown(exponent, large * (orders / sizes[1]) ** exponent)


def slope(sizes: tuple[int, int], values: tuple[float, float]) -> float:
    """The cost of each additional order: fixed costs cancel out."""
    return max(0.0, (values[1] - values[0]) / (sizes[1] - sizes[0]))


def simulate(records: Sequence[Record], inputs: Inputs) -> str:
    """The tables, in Markdown.

    Raises:
        SystemExit: A section was not measured at two sizes.
    """
    sections = [*_NEEDED, *([_DAYS] if _has_two(records, _DAYS) else [])]
    pairs = {section: _pair(records, section) for section in sections}
    data = _tables(pairs["sizes"], inputs)
    shuffles = _shuffles(pairs["sizes"], inputs)
    sent = sum(found.value for found, _ in shuffles.values())
    measured = "; ".join(
        f"{section} at {small.orders:,} and {large.orders:,} orders"
        for section, (small, large) in pairs.items()
    )
    return "\n".join(
        [
            f"From what was measured: {measured}. {inputs.orders:,} orders in {inputs.months} "
            "months.",
            "",
            *_data_lines(data, inputs),
            "",
            f"Between machines, in one rebuild ({_terabytes(sent)} TB of rows before compression):",
            "",
            *_shuffle_lines(shuffles, sent),
            "",
            f"Time and money on {inputs.executors} executors of {inputs.cores} cores:",
            "",
            *_cost_lines(pairs, data, sent, inputs),
        ]
    )


def render(page: str, text: str) -> str:
    """The page with the text between its markers.

    Raises:
        SystemExit: It has no such part.
    """
    before, found, rest = page.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise SystemExit(f"error: the page has no part {BEGIN} ... {END}; add the two markers")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def write(records: Sequence[Record]) -> None:
    """Update the page from the measurements."""
    text = simulate(records, Inputs())
    DOC.write_text(render(DOC.read_text(encoding="utf-8"), text), encoding="utf-8")


def is_possible(records: Sequence[Record]) -> bool:
    """Whether enough was measured."""
    return all(_has_two(records, section) for section in _NEEDED)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables, or write them into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    for field in dataclasses.fields(Inputs):
        name = f"--{field.name.replace('_', '-')}"
        parser.add_argument(name, type=type(field.default), default=field.default)
    parser.add_argument("--write", action="store_true", help=f"write {DOC.name}, with no change")
    options = vars(parser.parse_args(arguments))
    if options.pop("write"):
        write(load())
        print(f"wrote {short_path(DOC)}")
    else:
        print(simulate(load(), Inputs(**options)))


def _has_two(records: Sequence[Record], section: str) -> bool:
    return sum(record.section == section for record in records) > 1


def _pair(records: Sequence[Record], section: str) -> tuple[Record, Record]:
    """The section's two largest sizes."""
    found = sorted((r for r in records if r.section == section), key=lambda record: record.orders)
    if len(found) < 2:
        raise SystemExit(
            f"error: {section} was measured at {len(found)} sizes, expected two or more: make "
            f'bench BENCH="--section {section} --orders 50000 --orders 500000"'
        )
    return found[-2], found[-1]


def _orders(pair: tuple[Record, Record]) -> tuple[int, int]:
    return pair[0].orders, pair[1].orders


def _tables(pair: tuple[Record, Record], inputs: Inputs) -> dict[str, tuple[Grown, Grown]]:
    """Rows and bytes of each table."""
    small, large = (record.facts["tables"] for record in pair)
    return {
        name: (
            grow(_orders(pair), (small[name]["rows"], large[name]["rows"]), inputs.orders),
            grow(_orders(pair), (small[name]["bytes"], large[name]["bytes"]), inputs.orders),
        )
        for name in large
        if name in small
    }


def _shuffles(
    pair: tuple[Record, Record], inputs: Inputs
) -> dict[str, tuple[Grown, Sequence[str]]]:
    """The shuffle of each model between machines, and the keys that cause it."""

    def sent(record: Record, model: str) -> float:
        growth = inputs.orders / record.orders
        found = record.facts["models"][model]["shuffles"]
        return sum(shuffled_bytes(shuffle, growth, record.orders) for shuffle in found)

    small, large = pair
    return {
        model: (
            # DuckDB may plan a model differently at another size, which is not growth.
            grow(_orders(pair), (sent(small, model), sent(large, model)), inputs.orders, most=1.0),
            facts["keys"],
        )
        for model, facts in large.facts["models"].items()
        if model in small.facts["models"]
    }


def _data_lines(data: dict[str, tuple[Grown, Grown]], inputs: Inputs) -> list[str]:
    total = sum(held.value for _, held in data.values())
    lines = []
    for name, (rows, held) in sorted(data.items(), key=lambda item: -item[1][1].value):
        if held.value < _SHARE * total:
            continue
        files = math.ceil(held.value / (inputs.file_mb * 1e6))
        by_month = f"{math.ceil(files / inputs.months):,}" if name in _BY_MONTH else ""
        lines.append(
            (
                f"`{name}`",
                f"{rows.value / 1e9:,.1f}",
                _terabytes(held.value),
                f"{held.value / inputs.orders:,.0f}",
                f"{held.exponent:.2f}",
                f"{files:,}",
                by_month,
            )
        )
    for layer in _LAYERS:
        found = [held for name, (_, held) in data.items() if name.startswith(f"{layer}.")]
        held_bytes = sum(held.value for held in found)
        cells = (_terabytes(held_bytes), f"{held_bytes / inputs.orders:,.0f}")
        lines.append((f"all of {layer}", "", *cells, "", "", ""))
    lines.append(("all", "", _terabytes(total), f"{total / inputs.orders:,.0f}", "", "", ""))
    columns = (
        *("what", "rows, 10^9", "TB", "bytes an order", "grows as orders^"),
        *(f"files of {inputs.file_mb} MB", "a month"),
    )
    return table(columns, lines)


def _shuffle_lines(shuffles: dict[str, tuple[Grown, Sequence[str]]], total: float) -> list[str]:
    lines = []
    rest = 0.0
    for model, (found, keys) in sorted(shuffles.items(), key=lambda item: -item[1][0].value):
        if found.value < _SHARE * total:
            rest += found.value
            continue
        lines.append(
            (
                f"`{model}`",
                ", ".join(f"`{key}`" for key in keys),
                _terabytes(found.value),
                f"{math.ceil(found.value / _SHUFFLE_PART):,}",
            )
        )
    lines.append(("all others", "", _terabytes(rest), ""))
    return table(("what", "keys", "TB", "parts of 200 MB"), lines)


def _cost_lines(
    pairs: dict[str, tuple[Record, Record]],
    data: dict[str, tuple[Grown, Grown]],
    sent: float,
    inputs: Inputs,
) -> list[str]:
    """A rebuild, a day and the storage."""

    def seconds(section: str, step: str) -> float:
        pair = pairs[section]
        costs = (pair[0].cost(step).cpu, pair[1].cost(step).cpu)
        return slope(_orders(pair), costs) * inputs.orders

    rebuild = seconds("build", "floor")
    parts = {"a rebuild, tests included": 1.0}
    if _DAYS in pairs and (whole := seconds(_DAYS, "rebuild")):
        # Only the part that grows.
        parts["a day, tests included"] = min(1.0, seconds(_DAYS, "day") / whole)
    lines = []
    for name, part in parts.items():
        core_hours = rebuild * part * inputs.spark_factor / 3600
        network = sent * part * inputs.compression / (inputs.executors * inputs.network_mb * 1e6)
        computing = core_hours / (inputs.executors * inputs.cores * inputs.utilisation)
        hours = computing + network / 3600
        price = hours * inputs.executors * inputs.cores * inputs.core_hour
        lines.append(
            (
                name,
                f"{part:.0%}",
                f"{core_hours:,.0f}",
                _terabytes(sent * part),
                f"{computing:.1f}",
                f"{network / 3600:.1f}",
                f"{hours:.1f}",
                f"{price:,.0f}",
            )
        )
    held = sum(found.value for _, found in data.values())
    price = held / 1e9 * inputs.gigabyte_month / _DAYS_A_MONTH
    lines.append(("storage, for a day", "", "", "", "", "", "", f"{price:,.0f}"))
    columns = (
        *("what", "of a rebuild", "core hours", "shuffled, TB", "hours computing"),
        *("hours sending", "hours", "dollars"),
    )
    return table(columns, lines)


def _terabytes(size: float) -> str:
    return f"{size / 1e12:,.2f}"


if __name__ == "__main__":
    main()
