"""Notes of a load about how it read files: one sentence per kind."""

import difflib
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from ecommerce_analytics.load.files import DELIMITERS, SourceFile, shown
from ecommerce_analytics.load.rules import is_rounded

_MOST_NAMES: Final = 10


def notes_on(files: Sequence[SourceFile]) -> tuple[str, ...]:
    """Separators and decimal commas, columns beyond the contract, decimals in floating point."""
    dialects: dict[str, list[str]] = defaultdict(list)
    for file in files:
        if dialect := _dialect(file):
            dialects[dialect].append(file.path.name)
    read = [f"{', '.join(names)} with {dialect}" for dialect, names in dialects.items()]
    ignored = [f"{f.path.name} ({_ignored(f)})" for f in files if f.ignored]
    rounded = [f"{f.path.name} ({', '.join(names)})" for f in files if (names := _rounded(f))]
    notes = [
        ("Read", read),
        ("Ignored columns that the contract does not know:", ignored),
        ("Read floating point as decimals:", rounded),
    ]
    return tuple(f"{verb} {'; '.join(found)}" for verb, found in notes if found)


def _dialect(file: SourceFile) -> str:
    found = []
    if file.delimiter != ",":
        found.append(f"{DELIMITERS[file.delimiter]} between values")
    if file.decimal_comma:
        found.append("decimal commas")
    return " and ".join(found)


def _ignored(file: SourceFile) -> str:
    absent = [c.name for c in file.table.file_columns if c.name not in file.types]
    names = []
    for name in file.ignored[:_MOST_NAMES]:
        meant = difflib.get_close_matches(name.lower(), absent, n=1)
        plain = name if name.isidentifier() else shown(name)
        names.append(f"{plain}, {meant[0]} is absent" if meant else plain)
    if len(file.ignored) > _MOST_NAMES:
        names.append(f"and {len(file.ignored) - _MOST_NAMES} more")
    return ", ".join(names)


def _rounded(file: SourceFile) -> list[str]:
    return [c.name for c in file.table.file_columns if is_rounded(file, c)]
