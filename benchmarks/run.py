"""Runs the benchmarks and writes RESULTS.md; see README.md for what is measured."""

import argparse
import importlib.metadata
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from days import Day, day_of
from measure import Cost, medians, run

_HERE: Final = Path(__file__).resolve().parent
_ROOT: Final = _HERE.parent
_PROJECT: Final = _ROOT / "dbt_project"
_RESULTS: Final = _HERE / "RESULTS.md"
_PACKAGES: Final = ("dbt-core", "dbt-duckdb", "duckdb")
_MEGABYTE: Final = 1_000_000
# As in the default shop.
_ORDERS_PER_CUSTOMER: Final = 5
_MODELS: Final = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")


def main() -> None:
    """Measure each size and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, action="append", help="a size; may be repeated")
    parser.add_argument("--runs", type=int, default=3, help="runs of each step")
    options = parser.parse_args()
    sizes = options.orders or [50_000]
    pages = []
    for orders in sizes:
        with tempfile.TemporaryDirectory(prefix="ecom-bench-") as scratch:
            costs, day = measure(orders, options.runs, Path(scratch))
            pages.append(_table(orders, costs, day))
    _RESULTS.write_text("\n".join([_head(options.runs), *pages]), encoding="utf-8")
    print(f"wrote {_RESULTS.relative_to(_ROOT)}")


def measure(orders: int, runs: int, scratch: Path) -> tuple[Mapping[str, Cost], Day]:
    """The median cost of each step for one size of shop, and what the last day was about."""
    ecom = str(Path(sys.executable).with_name("ecom"))
    shop, warehouse = scratch / "shop", scratch / "warehouse.duckdb"
    raw = scratch / "raw" / "warehouse.duckdb"
    raw.parent.mkdir()
    environment = {
        "DBT_TARGET": "duckdb",
        "ECOM_WAREHOUSE": str(warehouse),
        "DBT_TARGET_PATH": str(scratch / "target"),
        "DBT_LOG_PATH": str(scratch / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    size = ("--orders", str(orders), "--customers", str(orders // _ORDERS_PER_CUSTOMER))

    def command(*arguments: str) -> Callable[[], Cost]:
        return lambda: run([ecom, *arguments], environment)

    def floor() -> Cost:
        shutil.copy(raw, scratch / "floor" / "warehouse.duckdb")
        artifacts = [str(scratch / "kept" / f"{name}.json") for name in ("manifest", "run_results")]
        copy = str(scratch / "floor" / "warehouse.duckdb")
        return run([sys.executable, str(_HERE / "floor.py"), *artifacts, copy])

    found = {}
    found["generate"] = _timed("generate", runs, command("generate", "--out", str(shop), *size))
    found["load"] = _timed("load", runs, command("load", "--from", str(shop)))
    # What the models' own SQL does not make.
    given = ("resource_type:seed", "resource_type:function", "+resource_type:snapshot")
    run([ecom, "build", "--select", *given], environment)
    shutil.copy(warehouse, raw)
    # Parsed once, as after the first command of a day.
    run([ecom, "build", "--full-refresh"], environment)
    shutil.copytree(scratch / "target", scratch / "kept")
    # The build's own manifest has no SQL for what it built in batches.
    folders = ("--project-dir", str(_PROJECT), "--profiles-dir", str(_PROJECT))
    compiled = {**environment, "DBT_TARGET_PATH": str(scratch / "compiled")}
    dbt = str(Path(sys.executable).with_name("dbt"))
    run([dbt, "--quiet", "compile", "--full-refresh", *folders], compiled)
    shutil.copy(scratch / "compiled" / "manifest.json", scratch / "kept")
    (scratch / "floor").mkdir()
    found["build"] = _timed("build", runs, command("build", "--full-refresh"))
    found["floor"] = _timed("floor", runs, floor)
    found["increment"] = _timed("increment", runs, command("build"))
    found["summary"] = _timed("summary", runs, command("summary"))
    advance = command("advance", "--from", str(shop))
    found["advance"], found["day"] = _alternately(runs, advance, command("build", *_MODELS))
    found["day, all tests"] = _alternately(1, advance, command("build"))[1]
    day = day_of(shop, warehouse)
    found["rebuild"] = _timed("rebuild", runs, command("build", "--full-refresh", *_MODELS))
    return found, day


def _alternately(runs: int, *steps: Callable[[], Cost]) -> tuple[Cost, ...]:
    costs: list[list[Cost]] = [[] for _ in steps]
    for number in range(runs):
        for step, found in zip(steps, costs, strict=True):
            found.append(step())
        took = ", ".join(f"{found[-1].wall:.2f} s" for found in costs)
        print(f"a day {number + 1}/{runs}: {took}", flush=True)
    return tuple(medians(found) for found in costs)


def _timed(step: str, runs: int, once: Callable[[], Cost]) -> Cost:
    costs = []
    for number in range(runs):
        costs.append(once())
        print(f"{step} {number + 1}/{runs}: {costs[-1].wall:.2f} s", flush=True)
    return medians(costs)


def _head(runs: int) -> str:
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES)
    machine = f"{os.cpu_count()} cores, {_memory() / 1e9:.0f} GB, {platform.platform()}"
    return f"""# Results

Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}; [README.md](README.md) says what is timed.

- Machine: {machine}
- Versions: Python {platform.python_version()}, {versions}
- Medians of {runs} runs, whole processes, start of Python included
"""


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _table(orders: int, found: Mapping[str, Cost], day: Day) -> str:
    lines = [
        f"## {orders:,} orders",
        "",
        "| step | wall, s | CPU, s | peak memory, MB |",
        "| --- | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {step} | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.memory / _MEGABYTE:,.0f} |"
        for step, cost in found.items()
    ]
    ratio = found["build"].cpu / found["floor"].cpu
    share = found["day"].cpu / found["rebuild"].cpu
    lines += [
        "",
        f"A build takes {ratio:.1f} times the floor's CPU time.",
        "",
        f"A day changes {day.changed:,} rows of the shop's {day.held:,}. Its increment computes "
        f"{day.computed:,} of the {day.built:,} rows of the tables that follow the changed orders, "
        f"and takes {share:.0%} of the rebuild's CPU time.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
