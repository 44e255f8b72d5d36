"""The errors that the command line prints as a sentence."""

import re
from typing import Final

# Control characters, and characters that change the direction or the lines of the text around them.
# Joiners are not included, because names in several scripts need them.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


class EcomError(Exception):
    """An error that the user can fix: the message describes the problem, its place, and the fix.

    Attributes:
        details: Lines to print below the message, if there is more to show.
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
    """The text with control characters and bidi overrides escaped; line feeds are kept."""
    return _UNPRINTABLE.sub(lambda match: repr(match[0])[1:-1], text)


def one_line(text: str) -> str:
    """A value for a table cell: printable, with line breaks as blanks."""
    return printable(" ".join(text.split()))
