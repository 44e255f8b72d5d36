"""Where a CSV file is not UTF-8, not CSV, or not a table: what DuckDB reports without the line.

DuckDB numbers records where an editor numbers lines, and does not say which value is at fault.
This reads the file once more, value by value; it runs only where DuckDB has refused the file, and
to find the line of a row that breaks a rule.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ecommerce_analytics.load.files import LONGEST_LINE, SourceFile, is_text, open_text

_FIELD = re.compile(r'"(?:[^"]|"")*"|(?!")[^,\r\n]*')
_LINE_END = re.compile(r"\r?\n?\Z")
_END_NAMES = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}


@dataclass(frozen=True)
class _Record:
    """A CSV record: its first line, its text with the line's end, None where it is not CSV."""

    line: int
    text: str
    values: list[str] | None

    @property
    def line_end(self) -> str:
        match = _LINE_END.search(self.text)
        return match[0] if match else ""


def line_of(path: Path, row: int) -> int:
    """The line on which a row starts; rows count from 1 after the header, empty lines do not."""
    # Values may hold line breaks, so that a row's line is known only by reading up to it.
    return next(islice(_records(path), row, None)).line


def find_fault(file: SourceFile) -> str | None:
    """The first fault of a CSV file's text as a sentence; None where it has none.

    Raises:
        OSError: The file cannot be read any more.
    """
    columns = list(file.types)
    line_end, other_end = None, None
    for record in _records(file.path):
        place = f"{file.path}, line {record.line}"
        if fault := _fault(place, columns, record):
            return fault
        line_end = line_end or record.line_end
        if record.line_end not in {line_end, ""} and not other_end:
            found, expected = _END_NAMES[record.line_end], _END_NAMES[line_end]
            other_end = f"{place} ends with {found}, expected {expected} as in the lines before it"
    return other_end


def _fault(place: str, columns: list[str], record: _Record) -> str | None:
    if record.values is None:
        column = columns[min(_broken_position(record.text), len(columns) - 1)]
        return (
            f"{place}, column {column}: found a quote out of place, expected a quoted value to "
            'end with " before the next comma, and every quote within it doubled'
        )
    for name, value in zip(columns, record.values, strict=False):
        if not is_text(value):
            return f"{place}, column {name} is not UTF-8 text, expected the whole file in UTF-8"
    if len(record.values) != len(columns):
        return (
            f"{place} has {len(record.values)} values, expected {len(columns)}, "
            f"from {columns[0]} to {columns[-1]}"
        )
    if len(record.text) > LONGEST_LINE:
        return f"{place} is longer than {LONGEST_LINE:,} characters, expected a shorter one"
    return None


def _broken_position(text: str) -> int:
    """The position of the value at which a record stops being CSV."""
    position, end = 0, 0
    while (match := _FIELD.match(text, end)) and text[match.end() : match.end() + 1] == ",":
        position, end = position + 1, match.end() + 1
    return position


def _records(path: Path) -> Iterator[_Record]:
    """The records of a CSV file, the header first, up to and with the first that is not CSV."""
    # A lost quote must not read the rest of a large file into one value.
    csv.field_size_limit(LONGEST_LINE)
    with open_text(path) as lines:
        taken: list[str] = []
        reader = csv.reader(_taking(lines, taken), strict=True)
        line = 1
        while True:
            try:
                values = next(reader, None)
            except csv.Error:
                yield _Record(line, "".join(taken), None)
                return
            if values is None:
                return
            if values:  # DuckDB skips empty lines too.
                yield _Record(line, "".join(taken), values)
            line += len(taken)
            taken.clear()


def _taking(lines: Iterator[str], taken: list[str]) -> Iterator[str]:
    for line in lines:
        taken.append(line)
        yield line
