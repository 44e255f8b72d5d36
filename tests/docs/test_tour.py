"""docs/tour.md: each command runs as written and prints what the page shows."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from docs.pages import DOCS, features, links, read
from ecommerce_analytics.paths import DBT_PROJECT

_SECONDS: Final = 300
_STOP: Final = re.compile(r"^## (\d+)\. (.+)$", re.MULTILINE)
_FENCE: Final = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Stop:
    """One stop of the tour: its commands, and lines of their output."""

    name: str
    text: str

    @property
    def commands(self) -> list[list[str]]:
        """The dbt commands, split into words."""
        blocks = [block for language, block in _FENCE.findall(self.text) if language == "bash"]
        return [shlex.split(line) for block in blocks for line in block.splitlines()]

    @property
    def printed(self) -> list[str]:
        """The output lines on the page."""
        blocks = [block for language, block in _FENCE.findall(self.text) if language == "text"]
        return [line for block in blocks for line in block.splitlines()]

    @property
    def features(self) -> str:
        """The stop's features, by their names in docs/features.md."""
        return self.text.partition("\nFeatures: ")[2].strip()


def stops() -> list[Stop]:
    """The stops of the page, in order."""
    _, *parts = _STOP.split(read(DOCS / "tour.md"))
    return [Stop(name, text) for name, text in zip(parts[1::3], parts[2::3], strict=True)]


def essence(text: str) -> str:
    """A text without the parts that differ between runs: numbers and table widths."""
    return re.sub(r"[\s-]+", " ", re.sub(r"\d[\d.,]*", "#", text))


@pytest.fixture(scope="module")
def outputs(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The output of each stop's commands on a copy of a built warehouse, in order."""
    work = tmp_path_factory.mktemp("tour")
    project = work / "dbt_project"
    shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    shutil.copytree(warehouse.with_name("target"), project / "target")
    # Keep the file's name, because dbt treats another database name as a change.
    (work / "data").mkdir()
    copy = work / "data" / warehouse.name
    shutil.copyfile(warehouse, copy)
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "ECOM_"))}
    commands = [(stop.name, words) for stop in stops() for words in stop.commands]
    assert all(words[0] == "dbt" for _, words in commands)
    finished = subprocess.run(
        [
            sys.executable,
            Path(__file__).with_name("run_tour.py"),
            project / "target" / "partial_parse.msgpack",
        ],
        cwd=project,
        env={**ours, "ECOM_WAREHOUSE": str(copy), "NO_COLOR": "1"},
        input=json.dumps([words[1:] for _, words in commands]),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    found: dict[str, list[str]] = {}
    outcomes = json.loads(finished.stdout.splitlines()[-1])
    for (name, words), (succeeded, printed) in zip(commands, outcomes, strict=True):
        assert succeeded, f"{' '.join(words)}\n{printed}"
        found.setdefault(name, []).append(printed)
    return found


@pytest.mark.parametrize("stop", stops(), ids=lambda stop: stop.name)
def test_a_stop_prints_what_it_says(stop: Stop, outputs: dict[str, list[str]]) -> None:
    """Each line on the page is in the output; numbers may differ."""
    printed = essence("\n".join(outputs[stop.name]))
    assert stop.printed
    assert [line for line in stop.printed if essence(line).strip() not in printed] == [], printed


@pytest.mark.parametrize("stop", stops(), ids=lambda stop: stop.name)
def test_a_stop_has_all_its_parts(stop: Stop) -> None:
    """Each stop has a purpose, a file, a command, an exercise, and the problem it solves."""
    for part in ("**What for.**", "**Try**", "**Without it**", "\nFeatures: "):
        assert stop.text.count(part) == 1, part
    assert links(stop.text)
    assert stop.commands


def test_every_feature_has_its_stop() -> None:
    """Each row of docs/features.md belongs to one stop of the tour, in its `Features:` line."""
    listed = ", ".join(stop.features for stop in stops())
    for feature in sorted(features(), key=lambda row: -len(row.name)):
        found = re.findall(rf"(?:^|, ){re.escape(feature.name)}(?=,|$)", listed)
        assert len(found) == 1, f"{feature.name}: on {len(found)} stops"
        listed = re.sub(rf"(^|, ){re.escape(feature.name)}(?=,|$)", r"\1", listed, count=1)
    assert listed.replace(",", "").strip() == "", f"no feature of these names: {listed}"


def test_a_line_that_is_not_printed_is_noticed() -> None:
    """The comparison ignores numbers, but not words."""
    assert essence("PASS in 1.25s") == essence("PASS in 9s")
    assert essence("| a   | b |") == essence("| a | b |")
    assert essence("PASS one") != essence("PASS two")
