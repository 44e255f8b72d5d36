"""Text of a source on a terminal: no control characters, all else as it is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecommerce_analytics.terminal import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Café № 5, «größer» 😀", "Café № 5, «größer» 😀"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("two\r\nlines\tand\u2028more", "two  lines and more"),
        ("a\x00b\x07c\x7fd\x9be", "abcde"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("\ud800", ""),
        # What joins letters and pictures is no control.
        ("👩\u200d👧", "👩\u200d👧"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    """Breaks are blanks, controls are gone."""
    assert printable(text) == shown


@given(st.text())
def test_no_control_is_left(text: str) -> None:
    """Of any text, on one line that can be written in UTF-8; shown twice it is the same."""
    shown = printable(text)
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Zl", "Zp"}
    assert len(shown.splitlines()) <= 1
    assert shown.encode().decode() == shown
    assert printable(shown) == shown
