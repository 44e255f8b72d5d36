"""Tables in Markdown."""

from collections.abc import Sequence
from typing import Final

ORDERS: Final = "orders"
WALL: Final = "wall, s"
CPU: Final = "CPU, s"
MEMORY: Final = "peak memory, MB"
# Columns with text.
_WORDS: Final = frozenset(
    ("what", "model", "statement", "built as", "section", "date", "machine", "versions")
)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table; numbers are right-aligned."""
    rules = ["---" if name in _WORDS else "---:" for name in columns]
    return [f"| {' | '.join(cells)} |" for cells in (columns, rules, *rows)]
