"""Text from a warehouse as a terminal may safely show it."""

import unicodedata
from typing import Final

# Marks that turn the direction of what follows: they can make a line read as another one.
_DIRECTIONS: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def printable(text: str) -> str:
    """A text without control characters, on one line.

    Args:
        text: A name or another value of a source, which may hold anything.

    Returns:
        The text: breaks of lines and tabs are blanks, other controls are gone, so that none can
        move the cursor, change colours or turn the direction of reading.
    """
    return "".join(filter(None, map(_printable, text)))


def _printable(character: str) -> str:
    category = unicodedata.category(character)
    if character.isspace() and category in ("Cc", "Zl", "Zp"):
        return " "
    return "" if category in ("Cc", "Cs") or character in _DIRECTIONS else character
