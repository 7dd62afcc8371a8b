"""What goes wrong with a status message, as data.

Only exceptions and what they carry live here; finding the faults is up to whoever raises them::

    CsmError (ValueError)
    ├── CsmDecodeError       the text is not acceptable JSON
    └── CsmValidationError   the values are not a status message
            .problems        tuple[Problem, ...]
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence, Sized
from typing import Self

import attrs

EXCERPT_LENGTH = 80
PROBLEMS_SHOWN = 20
PROBLEMS_KEPT = 1_000
NAMES_SHOWN = 100


class CsmError(ValueError):
    """Base of everything that `csm` raises about the contents of a message."""


class CsmDecodeError(CsmError):
    """The text cannot be read at all: not JSON, too large, too deep, or ambiguous.

    Args:
        reason: What is wrong, as a clause without a position.
        line: Line of the fault, from 1, where it is known.
        column: Column of the fault in characters, from 1, where it is known.
        excerpt: The offending line where it is known, of a long one 80 characters around the fault.
        path: JSONPath of the offending value where it is known, otherwise empty.
    """

    reason: str
    line: int | None
    column: int | None
    excerpt: str
    path: str

    def __init__(
        self,
        reason: str,
        line: int | None = None,
        column: int | None = None,
        excerpt: str = "",
        path: str = "",
    ) -> None:
        super().__init__(reason, line, column, excerpt, path)
        self.reason = reason
        self.line = line
        self.column = column
        self.excerpt = excerpt
        self.path = path

    @classmethod
    def at(cls, reason: str, text: str, position: int) -> Self:
        """The error for a fault at a position of a text."""
        start = text.rfind("\n", 0, position) + 1
        end = text.find("\n", position)
        excerpt = _around(position, text, start, len(text) if end < 0 else end)
        return cls(reason, text.count("\n", 0, position) + 1, position - start + 1, excerpt)

    def __str__(self) -> str:
        if self.line is None:
            return f"{clipped(self.path)}: {self.reason}" if self.path else self.reason
        seen = f": {self.excerpt!r}" if self.excerpt else ""
        return f"{self.reason} (line {self.line}, column {self.column}){seen}"


def _around(position: int, text: str, start: int, end: int) -> str:
    """The part of a line that is shown: all of it, or its middle around a position."""
    if end - start <= EXCERPT_LENGTH:
        return text[start:end]
    room = EXCERPT_LENGTH - 2
    first = max(start, min(position - room // 2, end - room))
    before = "…" if first > start else ""
    after = "…" if first + room < end else ""
    return f"{before}{text[first : first + room]}{after}"


def clipped(text: str) -> str:
    """A text for people: all of it, or its first 79 characters."""
    return text if len(text) <= EXCERPT_LENGTH else text[: EXCERPT_LENGTH - 1] + "…"


@attrs.frozen
class Problem:
    """One fault of one value.

    Args:
        path: JSONPath of the value: ``$.subStatuses[3].notes[0].title``.
        message: What is wrong and what was expected.
        excerpt: The beginning of the offending value, at most 80 characters; empty where there is
            no value.
    """

    path: str
    message: str
    excerpt: str = attrs.field(default="", converter=clipped)

    def __str__(self) -> str:
        seen = f" (found: {self.excerpt})" if self.excerpt else ""
        return f"{clipped(self.path)}: {self.message}{seen}"


class CsmValidationError(CsmError):
    """Values do not make a status message.

    Args:
        problems: Every fault found, in document order.
    """

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        shown = [str(problem) for problem in self.problems[:PROBLEMS_SHOWN]]
        hidden = len(self.problems) - len(shown)
        if hidden:
            shown.append(f"… and {hidden} more in .problems")
        return (
            shown[0] if len(shown) == 1 else "\n".join([f"{len(self.problems)} problems:", *shown])
        )


@attrs.define
class ProblemList:
    """Collects problems; after the first 1,000 it only counts."""

    kept: list[Problem] = attrs.field(factory=list[Problem])
    uncounted: int = 0

    def __len__(self) -> int:
        return len(self.kept) + self.uncounted

    @property
    def is_full(self) -> bool:
        """Whether what is added from now on is only counted."""
        return len(self.kept) >= PROBLEMS_KEPT

    def add(self, path: str, message: str, excerpt: str = "") -> None:
        """Note one fault."""
        if not self.is_full:
            self.kept.append(Problem(path, message, excerpt))
        else:
            self.uncounted += 1

    def error(self) -> CsmValidationError:
        """The exception that carries everything noted so far."""
        if not self.uncounted:
            return CsmValidationError(self.kept)
        more = Problem("$", f"{self.uncounted:,} more problems are not listed")
        return CsmValidationError([*self.kept, more])


# Of other classes, len may do anything.
_CONTAINERS: tuple[type[Sized], ...] = (dict, list, tuple)


def excerpt_of(value: object) -> str:
    """The beginning of a value for people, bounded in length and in work."""
    if isinstance(value, str):
        return repr(value[: EXCERPT_LENGTH + 1])
    if isinstance(value, int) and value.bit_length() > 256:
        return f"an integer of {value.bit_length():,} bits"
    if value is None or isinstance(value, int | float):
        return repr(value)
    if isinstance(value, _CONTAINERS) and type(value) in _CONTAINERS:
        return f"{type(value).__name__} of {len(value):,}"
    return f"a {type(value).__name__}"


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that lists the known names, the first hundred of them, and says which is nearest."""
    names = tuple(known)
    word = name[:EXCERPT_LENGTH]
    match = nearest_of(word, names)
    if match is None and word != word.upper():
        match = nearest_of(word.upper(), names)
    hint = f"; did you mean {match}?" if match else ""
    hidden = len(names) - NAMES_SHOWN
    more = f" and {hidden:,} more" if hidden > 0 else ""
    return f"one of {', '.join(names[:NAMES_SHOWN])}{more}{hint}"


def nearest_of(name: str, others: Sequence[str]) -> str | None:
    """The name that is most like another; None where none is like it.

    Of very many, only the neighbours in the alphabet are looked at: a hostile message may hold a
    thousand names that a large catalogue does not list.
    """
    if not others:
        return None
    from difflib import get_close_matches

    if len(others) > NAMES_SHOWN:
        ordered = sorted(others)
        middle = bisect_left(ordered, name)
        others = ordered[max(0, middle - NAMES_SHOWN // 2) : middle + NAMES_SHOWN // 2]
    return next(iter(get_close_matches(name, others, n=1)), None)
