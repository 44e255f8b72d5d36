"""Measures whole processes: wall clock, CPU time, peak memory; medians of several runs."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Final

# The unit of `ru_maxrss`.
_RSS_UNIT: Final = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Cost:
    """The cost of a process: seconds of wall clock and CPU, and bytes of peak memory."""

    wall: float
    cpu: float
    memory: int = 0


def run(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Cost:
    """Run a command to completion and measure it, including its children.

    Raises:
        SystemExit: It failed; its output is printed.
    """
    request = json.dumps(
        [[*command], {**os.environ, **(environment or {})}, folder and str(folder)]
    )
    # Started by a small process, because a new process is charged with its parent's memory.
    small = subprocess.run(  # noqa: S603 (this file)
        [sys.executable, __file__], input=request, stdout=subprocess.PIPE, text=True, check=True
    )
    code, output, cost = json.loads(small.stdout)
    if code:
        sys.exit(f"{' '.join(command)} failed:\n{output}")
    return Cost(**cost)


def _run(
    command: Sequence[str], environment: Mapping[str, str], folder: str | None
) -> tuple[int, str, Cost]:
    """Exit code, output and cost."""
    started = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 (the benchmark's own commands)
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        output = process.stdout.read() if process.stdout else b""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    cost = Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _RSS_UNIT)
    return process.returncode, output.decode(errors="replace"), cost


def medians(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.cpu for cost in costs),
        int(median(cost.memory for cost in costs)),
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed.

    Raises:
        ValueError: There is no value, or the share is not above 0 and at most 1.
    """
    if not values or not 0 < share <= 1:
        raise ValueError(f"no percentile {share} of {len(values)} values")
    # The ceiling in whole numbers: 0.95 of 20 values is the 19th, regardless of float rounding.
    place = -(-round(share * 1_000_000) * len(values) // 1_000_000)
    return sorted(values)[place - 1]


if __name__ == "__main__":
    json.dump(_run(*json.load(sys.stdin)), sys.stdout, default=asdict)
