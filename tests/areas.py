"""The table that a run of the tests ends with: what ran, how many, how long."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import pytest

_COLUMNS: Final = ("passed", "failed", "error", "skipped")


@dataclass
class _Area:
    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write a row per folder of tests, and the names of the tests that had no browser."""
    areas: dict[str, _Area] = {}
    unseen = []
    for outcome, reports in terminalreporter.stats.items():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                area = areas.setdefault(_area(report.nodeid), _Area())
                area.seconds += report.duration
                # A test that passes reports its set-up and its end under no name.
                area.outcomes[outcome] += bool(outcome)
                if outcome == "skipped" and "no browser" in report.longreprtext:
                    unseen.append(report.nodeid)
    terminalreporter.section("what ran")
    terminalreporter.write_line(_row("area", _COLUMNS, "seconds"))
    for name, area in sorted(areas.items()):
        counts = [str(area.outcomes[column] or "") for column in _COLUMNS]
        terminalreporter.write_line(_row(name, counts, f"{area.seconds:,.0f}"))
    if unseen:
        terminalreporter.section("skipped without a browser")
        for nodeid in sorted(unseen):
            terminalreporter.write_line(nodeid)


def _area(nodeid: str) -> str:
    """The folder below `tests/` of a test, or the file that is in none."""
    first, *rest = nodeid.partition("::")[0].removeprefix("tests/").split("/")
    return f"{first}/" if rest else first


def _row(name: str, counts: Sequence[str], seconds: str) -> str:
    return f"{name:32}" + "".join(f"{count:>9}" for count in counts) + f"{seconds:>10}"
