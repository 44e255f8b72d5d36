"""The speed of generation, compared with jafgen, the reference generator, and with the floor."""

import csv
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from measure import Cost
from results import Record
from tables import CPU, MEMORY, ORDERS, WALL, table
from workspace import HERE, Workspace

SECTION: Final = "generate"
_REQUIREMENTS: Final = HERE / "requirements-jafgen.txt"
_CACHE: Final = HERE.parent / "data" / "bench" / "jafgen"


def measure(workspace: Workspace, runs: int) -> Record:
    """Generate shops, a year with jafgen, and the floor's files, one after the other."""
    jafgen = _jafgen()
    costs = []
    rows = {}
    for _ in range(runs):
        folders = {name: workspace.folder / name for name in ("generated", "jafgen", "floor")}
        for folder in folders.values():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        shop = folders["generated"] / "shop"
        costs.append(
            {
                "generate": workspace.ecom("generate", "--out", str(shop), *workspace.size),
                "floor": workspace.python(
                    "the floor", str(HERE / "constant.py"), str(shop), str(folders["floor"])
                ),
                "jafgen": workspace.timed("jafgen 1", str(jafgen), "1", folder=folders["jafgen"]),
            }
        )
        rows = {
            "generate": _parquet_rows(shop),
            "floor": _parquet_rows(folders["floor"]),
            "jafgen": _csv_rows(folders["jafgen"]),
        }
        for folder in folders.values():
            shutil.rmtree(folder)
    return Record(SECTION, workspace.orders, costs, {"rows": rows})


def render(records: Sequence[Record]) -> list[str]:
    """The section's part of the page."""
    rows = []
    for record in records:
        found = record.facts["rows"]
        for step in ("generate", "floor", "jafgen"):
            cost = record.cost(step)
            rows.append(
                (
                    f"{record.orders:,}",
                    step,
                    f"{found[step]:,}",
                    f"{found[step] / cost.wall:,.0f}",
                    f"{cost.wall:.2f}",
                    f"{cost.cpu:.2f}",
                    f"{cost.memory / 1e6:,.0f}",
                    f"{speed(record, step):,.1f}",
                )
            )
    columns = (ORDERS, "what", "rows", "rows/s", WALL, CPU, MEMORY, "rows/s over jafgen's")
    return table(columns, rows)


def speed(record: Record, step: str) -> float:
    """Rows per second relative to jafgen's: the median over the runs."""
    rows = record.facts["rows"]
    speeds = [
        {name: Cost(0, cost.wall / rows[name]) for name, cost in run.items()} for run in record.runs
    ]
    return Record(SECTION, record.orders, speeds).ratio("jafgen", step)


def _jafgen() -> Path:
    """The command, installed into its own environment if missing.

    Raises:
        SystemExit: It cannot be installed.
    """
    command = _CACHE / "bin" / "jafgen"
    installed = _CACHE / "installed.txt"
    wanted = _REQUIREMENTS.read_text(encoding="utf-8")
    if installed.exists() and installed.read_text(encoding="utf-8") == wanted:
        return command
    print("installing jafgen", flush=True)
    pip = [str(_CACHE / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    requirements = ["--requirement", str(_REQUIREMENTS)]
    for step in (
        [sys.executable, "-m", "venv", "--clear", str(_CACHE)],
        [*pip, "install", "--quiet", "--no-deps", *requirements],
    ):
        done = subprocess.run(step, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            reason = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()
            sys.exit(f"error: jafgen cannot be installed ({reason[-1]}); generation not measured")
    installed.write_text(wanted, encoding="utf-8")
    return command


def _parquet_rows(folder: Path) -> int:
    return sum(pq.read_metadata(path).num_rows for path in folder.glob("*.parquet"))


def _csv_rows(folder: Path) -> int:
    """Rows without the header; a text value may span several lines."""
    rows = 0
    for path in folder.rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as lines:
            rows += sum(1 for _ in csv.reader(lines)) - 1
    return rows
