"""The documentation for tests: links, tables, commands."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ecommerce_analytics.paths import ROOT

DOCS: Final = ROOT / "docs"

_LINK: Final = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_CODE: Final = re.compile(r"`([^`]+)`")
_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Feature:
    """A row of docs/features.md."""

    name: str
    files: tuple[Path, ...]
    command: tuple[str, ...]


def pages() -> list[Path]:
    """The pages linked from the repository's entry points."""
    root = [
        ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
    ]
    return [*(page for page in root if page.exists()), *sorted(DOCS.rglob("*.md"))]


def read(page: Path) -> str:
    """The text of a page."""
    return page.read_text(encoding="utf-8")


def links(text: str) -> list[str]:
    """The link targets of a page inside the repository."""
    targets = _LINK.findall(_FENCE.sub("", text))
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def inline_code(text: str) -> list[str]:
    """The text in backticks outside fenced blocks."""
    return _CODE.findall(_FENCE.sub("", text))


def shell_commands(text: str) -> list[tuple[str, ...]]:
    """The commands of a page's bash blocks, split at `&&`, without comments and assignments."""
    lines = [
        line
        for language, block in _FENCE.findall(text)
        if language == "bash"
        for line in block.replace("\\\n", " ").splitlines()
    ]
    return [command for line in lines for command in _split(line)]


def features() -> list[Feature]:
    """The rows of docs/features.md."""
    rows = []
    for line in read(DOCS / "features.md").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("| ") or len(cells) != 4 or cells[0] in {"feature", "---"}:
            continue
        files = tuple((DOCS / target).resolve() for target in links(cells[1]))
        [command] = _CODE.findall(cells[2])
        rows.append(Feature(cells[0], files, tuple(shlex.split(command))))
    return rows


def _split(line: str) -> Iterator[tuple[str, ...]]:
    words = shlex.split(line, comments=True)
    while words:
        end = words.index("&&") if "&&" in words else len(words)
        command, words = words[:end], words[end + 1 :]
        while command and re.match(r"[A-Z_]+=", command[0]):
            command = command[1:]
        if command:
            yield tuple(command)
