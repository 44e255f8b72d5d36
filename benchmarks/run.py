"""Runs the benchmarks and writes RESULTS.md; see README.md for what is measured."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from measure import Cost, medians, run
from page import head

_HERE: Final = Path(__file__).resolve().parent
_ROOT: Final = _HERE.parent
_PROJECT: Final = _ROOT / "dbt_project"
_RESULTS: Final = _HERE / "RESULTS.md"
_MEGABYTE: Final = 1_000_000
# As in the default shop.
_ORDERS_PER_CUSTOMER: Final = 5


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
            pages.append(_table(orders, measure(orders, options.runs, Path(scratch))))
    _RESULTS.write_text(
        "\n".join([head("Results", "make bench", options.runs), *pages]), encoding="utf-8"
    )
    print(f"wrote {_RESULTS.relative_to(_ROOT)}")


def measure(orders: int, runs: int, scratch: Path) -> Mapping[str, Cost]:
    """The median cost of each step for one size of shop."""
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
    return found


def _timed(step: str, runs: int, once: Callable[[], Cost]) -> Cost:
    costs = []
    for number in range(runs):
        costs.append(once())
        print(f"{step} {number + 1}/{runs}: {costs[-1].wall:.2f} s", flush=True)
    return medians(costs)


def _table(orders: int, found: Mapping[str, Cost]) -> str:
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
    lines += [
        "",
        f"A build takes {ratio:.1f} times the floor's CPU time.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
