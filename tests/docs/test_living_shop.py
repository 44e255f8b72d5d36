"""docs/living-shop.md is correct: each command of the week prints what the page shows.

`make day` is run as its two commands; of the daily job only the needed models are built.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final

import duckdb
import pytest

from conftest import NO_TESTS, Dbt
from docs.pages import DOCS, read
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.paths import ROOT

_PAGE: Final = DOCS / "living-shop.md"
_BLOCKS: Final = re.compile(r"^```bash\n([^`]+)\n```\n\n```text\n([^`]*)```", re.MULTILINE)
# The models that the page queries after each of its builds; views need none.
_BUILDS: Final = (("+orders_daily", "product_snapshot"), ("product_snapshot",), ())
_SCHEMAS: Final = {
    "orders_daily": "marts",
    "product_snapshot": "snapshots",
    "stg_ecommerce__customers": "staging",
    "stg_ecommerce__orders": "staging",
}


@dataclass(frozen=True)
class Week:
    """A directory with a shop and a warehouse in `data/`, where the page's commands run."""

    directory: Path
    dbt: Dbt
    builds: Iterator[tuple[str, ...]] = field(default_factory=lambda: iter(_BUILDS))

    def run(self, line: str) -> str:
        """The output of one line of the page."""
        return "".join(self._run(shlex.split(command)) for command in line.split(" && "))

    def _run(self, command: list[str]) -> str:
        if command[:2] == ["make", "day"]:
            days = next((word[5:] for word in command if word.startswith("DAYS=")), "1")
            return self._run(["ecom", "advance", "--days", days]) + self._run(["ecom", "build"])
        if command[:2] == ["ecom", "build"]:
            if shown := next(self.builds):
                self.dbt.succeed("build", *NO_TESTS, "--select", *shown)
            return "Built and tested in 0.0 s\n"
        if command[0] == "ecom":
            return self._output([*command, "--from", "data/shop"])
        if command[0] == "dbt":
            return self._show(command[command.index("--inline") + 1], int(command[-1]))
        return self._output(command)

    def _show(self, inline: str, limit: int) -> str:
        """The output of `dbt show` for a query, without dbt's start-up time."""
        query = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", lambda r: f"{_SCHEMAS[r[1]]}.{r[1]}", inline)
        with duckdb.connect(
            self.directory / "data" / "warehouse.duckdb", read_only=True
        ) as connection:
            found = connection.execute(f"{query} limit {limit}")
            header = [column[0] for column in found.description or ()]
            rows = [[_cell(value) for value in row] for row in found.fetchall()]
        lines = [header, ["-"] * len(header), *rows]
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)

    def _output(self, command: list[str]) -> str:
        program = Path(sys.executable).with_name(command[0])
        warehouse = {"ECOM_WAREHOUSE": str(self.directory / "data" / "warehouse.duckdb")}
        ours = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "ECOM_"))}
        result = subprocess.run(
            [program if program.exists() else command[0], *command[1:]],
            cwd=self.directory,
            env={**ours, **warehouse},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, (command, result.stdout, result.stderr)
        return result.stdout


@pytest.fixture
def week(shop_dir: Path, warehouse: Path, tmp_path: Path) -> Week:
    """The default shop and its warehouse after `make demo`."""
    (tmp_path / "data").mkdir()
    shutil.copytree(shop_dir, tmp_path / "data" / "shop")
    shutil.copy(warehouse, tmp_path / "data" / "warehouse.duckdb")
    engine = DuckDBEngine(tmp_path / "data" / "warehouse.duckdb")
    return Week(tmp_path, Dbt(tmp_path / "dbt", engine=engine))


def _cell(value: object) -> str:
    """A value in dbt's output format."""
    return f"{value:,}" if type(value) in (int, Decimal) else str(value)


def printed(text: str) -> list[str]:
    """Lines without the parts that differ between runs: times and table widths."""
    text = re.sub(r"\b\d+\.\d+ s\b", "0.0 s", text)
    text = re.sub(r"-+", "-", re.sub(r" +", " ", text))
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def test_the_week_prints_what_the_page_says(week: Week) -> None:
    """The commands from Thursday on print what the page shows, in order."""
    blocks = _BLOCKS.findall(read(_PAGE))
    assert len(blocks) > 9
    for commands, expected in blocks:
        for line in commands.splitlines():
            found = printed(week.run(line))
        assert found == printed(expected), commands


def test_make_day_is_what_the_week_runs() -> None:
    """`make day` runs these commands, with the number of days; the one between prints nothing."""
    rule = re.search(
        r"^day: setup .*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE
    )
    assert rule
    commands = [line.strip().partition("$(ECOM) ")[2] for line in rule[1].splitlines()]
    assert commands == [
        "advance --days $(DAYS)",
        "freshness >/dev/null",
        "build --selector daily",
        "report",
    ]


def test_make_demo_begins_afresh() -> None:
    """`make demo` starts afresh after another shop, simulated days or a killed run."""
    rule = re.search(r"^demo: .*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert rule
    commands = re.findall(r"\$\(ECOM\) ([a-z]+(?: --replace)?)", rule[1])
    assert commands == ["clear", "generate --replace", "load", "build", "report", "summary"]
