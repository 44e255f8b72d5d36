"""Finds the lines where a CSV file is not UTF-8, not CSV, or not a table.

DuckDB numbers records instead of lines, and does not name the faulty value. This module reads the
file once more, value by value and in bounded memory. It runs only if DuckDB has rejected the file,
and to find the lines of rows that break a rule.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ecommerce_analytics.load.faults import MOST_LISTED, Finding
from ecommerce_analytics.load.files import (
    DELIMITERS,
    LONGEST_LINE,
    TOO_LONG,
    Lines,
    RecordTooLongError,
    SourceFile,
    is_text,
    open_text,
)

# Possessive, because backtracking would take memory per character.
_QUOTED: Final = r'"(?:[^"]++|"")*+"'
_LINE_END = re.compile(r"\r?\n?\Z")
_END_NAMES = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}


@dataclass(frozen=True)
class _Record:
    """A CSV record: the number of its first line, and its text with the line end.

    `values` is None if it is not CSV or too long; it is then the last record that is read.
    """

    line: int
    text: str
    values: list[str] | None
    is_too_long: bool = False

    @property
    def line_end(self) -> str:
        match = _LINE_END.search(self.text)
        return match[0] if match else ""


def lines_of(file: SourceFile, rows: Iterable[int]) -> dict[int, int]:
    """The lines on which rows start; rows count from 1 after the header, empty lines do not."""
    # Values may contain line breaks, so a row's line is known only by reading up to it.
    wanted = set(rows)
    found: dict[int, int] = {}
    for row, record in enumerate(_records(file)):
        if len(found) == len(wanted):
            break
        if row in wanted:
            found[row] = record.line
    return found


def find_faults(file: SourceFile) -> list[Finding]:
    """The faults of a CSV file's text by kind.

    Reading ends at a misplaced quote or a line that is too long, because nothing after them can be
    located reliably.

    Raises:
        OSError: The file cannot be read any more.
    """
    counts: dict[str, int] = defaultdict(int)
    sentences: dict[str, list[str]] = defaultdict(list)
    line_end, other_end = None, None
    for record in _records(file):
        place = f"{file.path}, line {record.line}"
        if fault := _fault(file, record):
            kind, sentence = fault
            counts[kind] += 1
            if counts[kind] <= MOST_LISTED:
                sentences[kind].append(f"{place}{sentence}")
        line_end = line_end or record.line_end
        if record.line_end not in {line_end, ""} and not other_end:
            found, expected = _END_NAMES[record.line_end], _END_NAMES[line_end]
            other_end = f"{place} ends with {found}, expected {expected} as in the lines before it"
    if not counts and other_end:
        counts[", lines with two kinds of ends"] = 1
        sentences[", lines with two kinds of ends"] = [other_end]
    return [
        Finding(file.path, kind, count, tuple(sentences[kind])) for kind, count in counts.items()
    ]


def _fault(file: SourceFile, record: _Record) -> tuple[str, str] | None:
    """The kind of a record's fault, and the message without the place; None if it has none."""
    columns = [name.lower() for name in file.header]
    if record.is_too_long:
        return ", a line that is too long", f" {TOO_LONG}"
    if record.values is None:
        column = columns[min(_broken_position(record.text, file.delimiter), len(columns) - 1)]
        mark = DELIMITERS[file.delimiter].removesuffix("s")
        return (
            ", a quote out of place",
            f", column {column}: found a quote out of place, expected a quoted value to end with "
            f'" before the next {mark}, and every quote within it doubled',
        )
    for name, value in zip(columns, record.values, strict=False):
        if not is_text(value):
            return (
                ", lines that are not UTF-8 text",
                f", column {name} is not UTF-8 text, expected the whole file in UTF-8",
            )
    if len(record.values) != len(columns):
        return (
            f", lines that do not have {len(columns)} values",
            f" has {len(record.values)} values, expected {len(columns)}, "
            f"from {columns[0]} to {columns[-1]}",
        )
    return None


def _broken_position(text: str, delimiter: str) -> int:
    """The position of the value at which a record stops being CSV."""
    field = re.compile(rf'{_QUOTED}|(?!")[^{delimiter}\r\n]*+')
    position, end = 0, 0
    while (match := field.match(text, end)) and text[match.end() : match.end() + 1] == delimiter:
        position, end = position + 1, match.end() + 1
    return position


def _records(file: SourceFile) -> Iterator[_Record]:
    """The records of a CSV file, the header first, up to and with the first that is not CSV."""
    # A missing quote must not read the rest of a large file into one value.
    csv.field_size_limit(LONGEST_LINE)
    with open_text(file.path) as text:
        lines = Lines(text)
        reader = csv.reader(lines, delimiter=file.delimiter, strict=True)
        line = 1
        while True:
            try:
                values = next(reader, None)
            except RecordTooLongError:
                # A value over several lines probably has a missing quote.
                yield _Record(line, "".join(lines.taken), None, len(lines.taken) == 1)
                return
            except csv.Error:
                yield _Record(line, "".join(lines.taken), None)
                return
            if values is None:
                return
            if values:  # DuckDB skips empty lines too.
                yield _Record(line, "".join(lines.taken), values)
            line += len(lines.taken)
            lines.clear()
