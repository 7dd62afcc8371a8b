"""Foreign text that is safe to print."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csm.printable import printable, printable_lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain, größe, 数据, 👍🏽", "plain, größe, 数据, 👍🏽"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\r\n\t\x00\x7f\x9b", "\\r\\n\\t\\x00\\x7f\\x9b"),
        ("\u202eevil\u2066", "\\u202eevil\\u2066"),
        ("line\u2028paragraph\u2029", "line\\u2028paragraph\\u2029"),
        ("\ufeff\u200b\U000e0041\ud800", "\\ufeff\\u200b\\U000e0041\\ud800"),
        ("12\u00a0500\u202f000", "12\u00a0500\u202f000"),
        ("👩\u200d💻 نمی\u200cرسد", "👩\u200d💻 نمی\u200cرسد"),
    ],
)
def test_what_does_not_print_is_escaped(text: str, expected: str) -> None:
    """Control, formatting and separating characters are escaped, all that prints stays."""
    assert expected == printable(text)


@given(st.text())
def test_nothing_dangerous_is_left(text: str) -> None:
    """Printable text is one line without control characters, and stays as it is the second time."""
    result = printable(text)
    categories = {unicodedata.category(character) for character in result}
    assert not categories & {"Cc", "Cs", "Zl", "Zp", "Cn", "Co"}
    assert result == printable(result)


@given(st.text())
def test_text_that_prints_is_not_touched(text: str) -> None:
    """Text that Python calls printable is returned as it is."""
    if text.isprintable():
        assert text == printable(text)


def test_lines_are_split() -> None:
    """Line feeds end lines, with or without a carriage return; tabs are spaces."""
    assert ["a", "    b", "", "c\\rd"] == printable_lines("a\r\n\tb\n\nc\rd")
