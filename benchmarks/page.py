"""What every page of figures begins with: when, where and with what it was measured."""

import importlib.metadata
import os
import platform
import time
from datetime import UTC, datetime
from typing import Final

_PACKAGES: Final = ("dbt-core", "dbt-duckdb", "duckdb")
_ADDITIONS: Final = 10_000_000


def head(title: str, command: str, runs: int) -> str:
    """The title, and how the figures came to be."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    machine = f"{os.cpu_count()} cores, {memory / 1e9:.0f} GB, {platform.platform()}"
    return f"""# {title}

Written by `{command}` on {datetime.now(UTC):%Y-%m-%d}; [README.md](README.md) says what is timed.

- Machine: {machine}; ten million additions in Python took {_additions():.1f} s
- Versions: Python {platform.python_version()}, {versions}
- Medians of {runs} runs, whole processes, start of Python included
"""


def _additions() -> float:
    """Seconds that say how fast the machine was, beside the figures of another."""
    started = time.perf_counter()
    total = 0
    for number in range(_ADDITIONS):
        total += number
    return time.perf_counter() - started
