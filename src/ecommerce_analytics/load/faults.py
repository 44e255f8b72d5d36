"""Faults in a shop's files, and the message that reports them.

Faults are counted per file and kind. A message lists the first of each kind before a second one, so
that one column with a million bad values does not hide the others.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ecommerce_analytics.errors import EcomError

# Maximum number of faults listed in a message.
MOST_LISTED: Final = 20


@dataclass(frozen=True)
class Finding:
    """The faults of one kind in one file.

    `sentences` describes the first ones in file order; `count` counts all. `kind` follows the
    file's path in the line with the count, including its comma.
    """

    path: Path
    kind: str
    count: int
    sentences: tuple[str, ...]


class FaultsError(EcomError):
    """Files that break the contract; the message is one sentence or a list."""

    def __init__(self, findings: Iterable[Finding], undone: str = "loaded") -> None:
        """Store the findings and build the message; `undone` names the action not done."""
        self.findings = tuple(findings)
        super().__init__(_message(self.findings, undone))


def one(path: Path, sentence: str) -> Finding:
    """A fault that occurs once in a file; the sentence begins with the file's path."""
    return Finding(path, sentence.removeprefix(str(path)), 1, (sentence,))


def first_of_each(counts: Sequence[int]) -> list[int]:
    """How many faults of each kind to list, given their counts: at most `MOST_LISTED` in total.

    The first of every kind comes before the second of any.
    """
    listed = [0] * len(counts)
    while sum(listed) < MOST_LISTED:
        waiting = [k for k, count in enumerate(counts) if listed[k] < count]
        if not waiting:
            break
        for kind in waiting[: MOST_LISTED - sum(listed)]:
            listed[kind] += 1
    return listed


def _message(findings: Sequence[Finding], undone: str) -> str:
    total = sum(finding.count for finding in findings)
    if total == 1:
        return findings[0].sentences[0]
    counts = first_of_each([len(finding.sentences) for finding in findings])
    listed = [
        sentence
        for finding, count in zip(findings, counts, strict=True)
        for sentence in finding.sentences[:count]
    ]
    first = f"; the first {len(listed)}" if len(listed) < total else ""
    lines = [f"found {total:,} faults, nothing was {undone}{first}:"]
    lines += [f"  {sentence}" for sentence in listed]
    if len(listed) < total:
        lines.append("all faults, by file and kind:")
        lines += [f"{f.count:>9,}  {f.path}{f.kind}" for f in findings]
    return "\n".join(lines)
