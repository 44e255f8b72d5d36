"""Measurements, stored as one JSON file per section and size: `results/build-50000.json`.

The page is generated from all of them, so that one section can be measured alone, on another day.
"""

import importlib.metadata
import json
import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

from measure import Cost, medians

FOLDER: Final = Path(__file__).resolve().parent / "results"
_PACKAGES: Final = ("dbt-core", "dbt-duckdb", "duckdb")
_ADDITIONS: Final = 10_000_000


@dataclass(frozen=True)
class Record:
    """One section at one size.

    Attributes:
        section: What was measured.
        orders: The size.
        runs: The cost of each step, per run.
        facts: Other findings, such as row counts.
        context: The date, machine and versions.
    """

    section: str
    orders: int
    runs: Sequence[Mapping[str, Cost]]
    facts: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, str] = field(default_factory=dict)

    def has(self, step: str) -> bool:
        """Whether a step was measured; older records lack newer steps."""
        return all(step in run for run in self.runs)

    def cost(self, step: str) -> Cost:
        """The medians of a step."""
        return medians([run[step] for run in self.runs])

    def ratio(self, step: str, other: str) -> float:
        """The CPU time of a step relative to another: the median of the ratios within a run."""
        return median(run[step].cpu / run[other].cpu for run in self.runs)


def context(*packages: str) -> dict[str, str]:
    """The day, the machine and its speed, the versions."""
    versions = {name: importlib.metadata.version(name) for name in (*_PACKAGES, *packages)}
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{os.cpu_count()} cores, {memory / 1e9:.0f} GB, {platform.platform()}",
        "additions": f"{_additions():.2f} s",
        "versions": ", ".join(
            (f"Python {platform.python_version()}", *(f"{n} {v}" for n, v in versions.items()))
        ),
    }


def save(record: Record, folder: Path = FOLDER) -> Path:
    """Write a record, replacing an earlier one of the same section and size."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{record.section}-{record.orders}.json"
    path.write_text(json.dumps(asdict(record)) + "\n", encoding="utf-8")
    return path


def load(folder: Path = FOLDER) -> list[Record]:
    """Every record, by section and size."""
    records = [_read(path) for path in folder.glob("*.json")]
    return sorted(records, key=lambda record: (record.section, record.orders))


def _read(path: Path) -> Record:
    found = json.loads(path.read_text(encoding="utf-8"))
    runs = [{step: Cost(**cost) for step, cost in run.items()} for run in found.pop("runs")]
    return Record(runs=runs, **found)


def _additions() -> float:
    """A simple timing that shows how fast the machine was, to compare machines."""
    started = time.perf_counter()
    total = 0
    for number in range(_ADDITIONS):
        total += number
    return time.perf_counter() - started
