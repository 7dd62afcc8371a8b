"""JSON values, strictly: what a value must be before anybody asks what it stands for.

Only what ends in a CsmDecodeError and needs no text lives here: keys that stand twice, numbers
beyond a double, lone surrogates, depth. The text itself is the business of `document`.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any, Final, TypeAlias

from csm.codec import keys
from csm.codec.options import Options
from csm.errors import CsmDecodeError, excerpt_of
from csm.extra import MAX_NESTING, is_finite_number, is_text
from csm.paths import Place, path_of

Json: TypeAlias = Any
"""A decoded JSON value, of which nothing is known yet."""


class Members(tuple[tuple[str, Any], ...]):
    """The members of a JSON object as they stand in the text, so that a key may stand twice."""

    __slots__ = ()


MESSAGE, COMPONENT, _NOTES, NOTE, _MESSAGES, _ANY = range(6)
"""What an array or an object is by its place, which is what its depth is counted by."""

_INSIDE: Final[dict[int, dict[str, int]]] = {
    MESSAGE: {keys.COMPONENT: COMPONENT, keys.NOTES: _NOTES, keys.SUB_STATUSES: _MESSAGES},
}
_ELEMENTS = {_NOTES: NOTE, _MESSAGES: MESSAGE}
_SCALARS = (bool, int, float)
_OBJECTS = (MESSAGE, COMPONENT, NOTE)


class _Visit:
    """One array or object on its way to plain values."""

    __slots__ = ("depth", "kind", "nesting", "place", "source", "target")

    def __init__(
        self, source: Json, target: Json, kind: int, depth: int, nesting: int, place: Place
    ) -> None:
        self.source = source
        self.target = target
        self.kind = kind
        self.depth = depth
        self.nesting = nesting
        self.place = place


def plain_values(root: Json, options: Options, kind: int = MESSAGE) -> dict[str, Any]:
    """A JSON object as dicts and lists of plain values, every one of them checked.

    Args:
        root: What the decoder returned, or dicts and lists that a program put together.
        options: Of them, `max_depth` counts here.
        kind: What the object is by its place: MESSAGE, COMPONENT or NOTE.

    Raises:
        CsmDecodeError: A key stands twice, a number or a string is not one that JSON can hold, or
            something is nested too deep.
    """
    target: dict[str, Any] = {}
    waiting = [_Visit(root, target, kind, 1, 0, None)]
    while waiting:
        here = waiting.pop()
        if isinstance(here.target, dict):
            _copy_members(here, waiting, options)
        else:
            _copy_elements(here, waiting, options)
    return target


def _copy_members(here: _Visit, waiting: list[_Visit], options: Options) -> None:
    kinds = _INSIDE.get(here.kind, {})
    source = here.source if type(here.source) is Members else here.source.items()
    for key, value in source:
        if type(key) is not str:
            raise _fault(here.place, f"has a key that is not a string: {excerpt_of(key)}")
        if not is_text(key):
            raise _fault(here.place, f"has a key with a lone surrogate: {excerpt_of(key)}")
        place = (here.place, key)
        if key in here.target:
            raise _fault(place, "a key that stands twice in one object")
        here.target[key] = _copied(value, kinds.get(key, _ANY), here, place, waiting, options)


def _copy_elements(here: _Visit, waiting: list[_Visit], options: Options) -> None:
    kind = _ELEMENTS.get(here.kind, _ANY)
    for index, value in enumerate(here.source):
        place = (here.place, index)
        here.target.append(_copied(value, kind, here, place, waiting, options))


def _copied(
    value: Json, kind: int, here: _Visit, place: Place, waiting: list[_Visit], options: Options
) -> Json:
    """A scalar, checked; for an array or an object an empty one, to be filled in its turn."""
    target: Json
    if isinstance(value, dict | Members):
        target = {}
        kind = kind if kind in _OBJECTS else _ANY
    elif isinstance(value, list | tuple):
        target = []
        kind = kind if kind in _ELEMENTS else _ANY
    else:
        return _scalar(value, place)
    depth = here.depth + (kind == MESSAGE)
    nesting = here.nesting + 1 if kind == _ANY else 0
    if depth > options.max_depth:
        raise _fault(place, f"deeper than {options.max_depth} messages")
    if nesting > MAX_NESTING:
        raise _fault(place, f"a value nested deeper than {MAX_NESTING} levels")
    waiting.append(_Visit(value, target, kind, depth, nesting, place))
    return target


def _scalar(value: Json, place: Place) -> Json:
    # Exactly these types: a subclass may compare, print and count as it likes.
    if type(value) is str:
        if not is_text(value):
            raise _fault(place, f"a string with a lone surrogate: {excerpt_of(value)}")
    elif value is not None and type(value) not in _SCALARS:
        raise _fault(place, f"no JSON value: {excerpt_of(value)}")
    elif not is_finite(value):
        raise _fault(place, f"a number beyond the range of a double: {excerpt_of(value)}")
    return value


def is_finite(value: object) -> bool:
    """Whether a value is no number, or one that JSON readers can hold."""
    if isinstance(value, float):
        return isfinite(value)
    return not isinstance(value, int) or is_finite_number(value)


def _fault(place: Place, reason: str) -> CsmDecodeError:
    return CsmDecodeError(reason, path=path_of(place))


def strings_in(roots: Iterable[Json], levels: int) -> int | None:
    """Count the strings of some values, keys included.

    Args:
        roots: Values as the decoder returned them, where a key that stands twice stands once.
        levels: How many arrays and objects, the values included, may stand in one another.

    Returns:
        The number; None where there are more levels, or a number beyond the range of a double.
    """
    count = 0
    level: list[Json] = list(roots)
    try:
        for _ in range(levels):
            inner: list[Json] = []
            for value in level:
                kind = type(value)  # pyright: ignore[reportUnknownVariableType]
                if kind is str:
                    count += 1
                elif kind is dict:
                    count += len(value)
                    inner += value.values()
                elif kind is list:
                    inner += value
                elif value is not None and not isfinite(value):
                    return None
            if not inner:
                return count
            level = inner
    except OverflowError:  # an integer that no double can hold
        return None
    return None
