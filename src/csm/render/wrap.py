"""Wrapping: where a text breaks so that it fits a number of terminal columns.

Only widths and break points live here; the text itself is not changed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_WORD = re.compile(r"(\s*)(\S+)")


def columns(text: str) -> int:
    """Return the terminal columns of printable text: wide characters two, combining ones none."""
    return len(text) if text.isascii() else sum(map(_columns_of, text))


def breaks(text: str, room: int, first: int | None = None) -> Iterator[tuple[int, int]]:
    """Iterate over the `(start, end)` of the lines into which a text is wrapped.

    Lines break at white space, which is dropped there; a word that is longer than a line breaks
    where the line is full.

    Args:
        text: Printable text on one line.
        room: The columns of a line, at least 2.
        first: The columns of the first line, where they are others.
    """
    left = room if first is None else first
    start = end = used = 0
    for word in _WORD.finditer(text):
        gap, width = columns(word[1]), columns(word[2])
        if used and used + gap + width > left:
            yield start, end
            start, used, gap, left = word.start(2), 0, 0, room
        used += gap + width
        end = word.end()
        while used > left:
            cut = _cut(text, start, left)
            yield start, cut
            used -= columns(text[start:cut])
            start, left = cut, room
    yield start, end


def _cut(text: str, start: int, room: int) -> int:
    """Return where a word that begins at `start` and does not fit breaks."""
    used, index = _columns_of(text[start]), start + 1
    while (used := used + _columns_of(text[index])) <= room:
        index += 1
    return index


def _columns_of(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
