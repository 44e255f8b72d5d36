"""The errors that the command line turns into a sentence."""

import re
from typing import Final

# Characters that a terminal obeys, or that change the direction or the lines of the text around
# them. Joiners are not among them: names in several scripts need those.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


class EcomError(Exception):
    """Something the user can put right: the message says what was found, where, and what to do.

    Attributes:
        details: Lines to print below the message, where there is more to see.
    """

    def __init__(self, message: str = "", details: str = "") -> None:
        """An error with its sentence.

        Args:
            message: The sentence.
            details: Lines to print below it.
        """
        super().__init__(message)
        self.details = details


class MissingRelationError(EcomError):
    """A query asked for a table, view or column that has not been built."""


def printable(text: str) -> str:
    """The text with control characters and bidi overrides escaped; line feeds stay."""
    return _UNPRINTABLE.sub(lambda match: repr(match[0])[1:-1], text)


def one_line(text: str) -> str:
    """A value as a table's cell may show it: printable, and breaks of lines are blanks."""
    return printable(" ".join(text.split()))
