"""Positions: the line and column at which the values of a JSON document stand.

Only the finding of positions by JSONPath lives here. The document has been read already, so it is
known to be JSON; the reader keeps no positions because messages without problems need none.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator

import attrs

from csm.paths import ROOT, element_path, member_path

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[][{},:]|[^][{},:"\s]++')
_STEP = re.compile(r"\.[A-Za-z_][A-Za-z0-9_]*|\[[0-9]+\]|\['(?:[^'\\]|\\.)*+'\]")


@attrs.frozen
class Position:
    """A place in a text, both from 1 and in characters."""

    line: int
    column: int


def positions(text: str, paths: Iterable[str]) -> dict[str, Position]:
    """Return where values stand.

    Args:
        text: A JSON document.
        paths: JSONPaths. For one that leads nowhere, a key that is missing, the position is that of
            the object in which it is missing.

    Returns:
        A position for each path.
    """
    wanted = {path: _with_ancestors(path) for path in paths}
    offsets = dict(_offsets(text, {step for steps in wanted.values() for step in steps}))
    lines = _Lines(text)
    return {
        path: lines.position(next(offsets[step] for step in steps if step in offsets))
        for path, steps in wanted.items()
    }


def _with_ancestors(path: str) -> tuple[str, ...]:
    """Return a path and those of everything that it is in, the longest first."""
    ends = [step.end() for step in _STEP.finditer(path)]
    return (*(path[:end] for end in reversed(ends)), ROOT)


def _offsets(text: str, wanted: set[str]) -> Iterator[tuple[str, int]]:
    open_values: list[_OpenValue] = []
    for match in _TOKEN.finditer(text):
        word = match[0]
        if word in "]}":
            open_values.pop()
        elif word == ",":
            open_values[-1].go_on()
        elif open_values and open_values[-1].takes_key:
            open_values[-1].take_key(word)
        elif word != ":":
            path = open_values[-1].child if open_values else ROOT
            if path is not None and path in wanted:
                yield path, match.start()
            else:
                path = None
            if word in "[{":
                open_values.append(_OpenValue(path, is_object=word == "{"))


class _OpenValue:
    """An array or object whose end has not come yet.

    Attributes:
        child: The path of the member or element that is next; None where nobody wants it.
        takes_key: Whether the next string is a key.
    """

    __slots__ = ("_index", "_is_object", "_path", "child", "takes_key")

    def __init__(self, path: str | None, *, is_object: bool) -> None:
        self._path = path
        self._is_object = is_object
        self._index = -1
        self.child: str | None = None
        self.takes_key = False
        self.go_on()

    def go_on(self) -> None:
        self._index += 1
        self.takes_key = self._is_object
        if self._path is not None and not self._is_object:
            self.child = element_path(self._path, self._index)

    def take_key(self, word: str) -> None:
        self.takes_key = False
        if self._path is not None:
            self.child = member_path(self._path, json.loads(word))


class _Lines:
    def __init__(self, text: str) -> None:
        self._ends = [match.start() for match in re.finditer("\n", text)]

    def position(self, offset: int) -> Position:
        before = bisect_left(self._ends, offset)
        start = self._ends[before - 1] + 1 if before else 0
        return Position(line=before + 1, column=offset - start + 1)
