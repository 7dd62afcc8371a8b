"""A text as JSON, strictly: everything that makes it unreadable before anybody asks what it says.

Only what ends in a CsmDecodeError lives here: size, UTF-8, syntax, keys that stand twice, numbers
beyond a double, lone surrogates, depth. What the values mean is the business of `diagnosis`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from math import isfinite
from sys import getrecursionlimit
from typing import Any, Final, NoReturn, TypeAlias

from csm.codec import keys
from csm.codec.options import Options
from csm.errors import CsmDecodeError, excerpt_of
from csm.extra import MAX_NESTING, is_finite_number, is_text
from csm.paths import ROOT, element_path, member_path

Json: TypeAlias = Any
"""A decoded JSON value, of which nothing is known yet."""
Source: TypeAlias = "str | bytes | bytearray | memoryview"

_BYTES: Final = (bytes, bytearray, memoryview)
_BOM: Final = "\ufeff"
_SAFE_DIGITS = 300  # fewer digits than the largest double has


class _Members(tuple[tuple[str, Any], ...]):
    """The members of a JSON object, as they stand in the text."""

    __slots__ = ()


def as_text(source: Source, max_bytes: int) -> str:
    """The text of some input, known to be small enough and strict UTF-8.

    Raises:
        CsmDecodeError: It is neither.
        TypeError: It is neither text nor bytes.
    """
    if isinstance(source, str):
        return _checked_text(source, max_bytes)
    if not isinstance(source, _BYTES):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"JSON must be str or bytes, not {type(source).__name__}")
    _check_size(memoryview(source).nbytes, max_bytes)
    data = bytes(source)
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError as error:
        raise _at("not UTF-8", str(data[: error.start], "utf-8"), None) from error


def _checked_text(text: str, max_bytes: int) -> str:
    _check_size(len(text), max_bytes)
    if not text.isascii() and not (len(text) * 2 <= max_bytes and _is_latin(text)):
        try:
            _check_size(len(text.encode()), max_bytes)
        except UnicodeEncodeError as error:
            raise _at("a lone surrogate, which no UTF-8 can hold", text, error.start) from error
    return text


def _is_latin(text: str) -> bool:
    """Whether a text has no character beyond Latin-1; much cheaper to find out than its UTF-8."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise CsmDecodeError(f"too large: more than the {max_bytes:,} bytes that max_bytes allows")


def _at(reason: str, text: str, position: int | None) -> CsmDecodeError:
    """The error for a position of the text; None stands for its end."""
    end = len(text) if position is None else position
    line_start = text.rfind("\n", 0, end) + 1
    return CsmDecodeError(reason, text.count("\n", 0, end) + 1, end - line_start + 1)


def finite_float(digits: str) -> float:
    """A JSON number with a fraction or an exponent."""
    number = float(digits)
    if not isfinite(number):
        raise CsmDecodeError(f"a number beyond the range of a double: {digits[:40]}")
    return number


def refuse_constant(name: str) -> NoReturn:
    """NaN and the infinities, which Python's reader would accept."""
    raise CsmDecodeError(f"not JSON: {name} is no JSON number")


def _finite_int(digits: str) -> int:
    if len(digits) > _SAFE_DIGITS:
        finite_float(digits)
    return int(digits)


_decoder = JSONDecoder(
    object_pairs_hook=_Members,
    parse_float=finite_float,
    parse_int=_finite_int,
    parse_constant=refuse_constant,
)


def parsed(text: str, options: Options) -> dict[str, Any]:
    """The JSON object that a text holds, as plain values.

    Raises:
        CsmDecodeError: The text holds no such thing.
    """
    if text.startswith(_BOM):
        raise CsmDecodeError("begins with a byte order mark, which JSON must not have", 1, 1)
    guard_depth(text, options)
    try:
        root = _decoder.decode(text)
    except JSONDecodeError as error:
        raise CsmDecodeError(f"not JSON: {error.msg}", error.lineno, error.colno) from error
    except RecursionError:
        check_depth(text, options)
        raise
    if not isinstance(root, _Members):
        raise CsmDecodeError(f"the root must be an object, not {excerpt_of(root)}")
    return plain(root, options)


_DEEPEST_SAFE_LIMIT = 5_000
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


def guard_depth(text: str, options: Options) -> None:
    """Keep a hostile text from a recursive reader that Python's recursion limit no longer stops.

    Raises:
        CsmDecodeError: The text is nested too deep.
    """
    if getrecursionlimit() > _DEEPEST_SAFE_LIMIT:
        check_depth(text, options)


def check_depth(text: str, options: Options) -> None:
    """Count the levels of a text without reading it.

    Raises:
        CsmDecodeError: There are more than any message that the options allow can have.
    """
    # A message adds an object and an array, a note as much, and what it keeps up to 100 more.
    deepest = 2 * options.max_depth + 1 + MAX_NESTING
    depth = 0
    for match in _BRACKET.finditer(text):
        found = match[0]
        if found in "[{":
            depth += 1
            if depth > deepest:
                raise _at(f"nested deeper than {deepest} levels", text, match.start())
        elif found in "]}":
            depth -= 1


_MESSAGE, _COMPONENT, _NOTES, _NOTE, _MESSAGES, _ANY = range(6)
"""What an array or an object is by its place, which is what its depth is counted by."""

_PLACES: Final[dict[int, dict[str, int]]] = {
    _MESSAGE: {keys.COMPONENT: _COMPONENT, keys.NOTES: _NOTES, keys.SUB_STATUSES: _MESSAGES},
}
_OBJECTS = (_MESSAGE, _COMPONENT, _NOTE)
_ELEMENTS = {_NOTES: _NOTE, _MESSAGES: _MESSAGE}


class _Visit:
    """One array or object on its way to plain values."""

    __slots__ = ("depth", "is_object", "nesting", "path", "place", "source", "target")

    def __init__(
        self, source: Json, is_object: bool, place: int, depth: int, nesting: int, path: str
    ) -> None:
        self.source = source
        self.is_object = is_object
        self.target: Json = {} if is_object else []
        self.place = place
        self.depth = depth
        self.nesting = nesting
        self.path = path


def plain(root: Json, options: Options) -> dict[str, Any]:
    """A JSON object as dicts and lists of plain values, every one of them checked.

    Args:
        root: What the decoder returned, or dicts and lists that a program put together.
        options: Of them, `max_depth` counts here.

    Raises:
        CsmDecodeError: A key stands twice, a number or a string is not one that JSON can hold, or
            something is nested too deep.
    """
    outermost = _Visit(root, True, _MESSAGE, 1, 0, ROOT)
    waiting = [outermost]
    while waiting:
        here = waiting.pop()
        for key, value, path in _contents(here):
            inner = _entered(here, key, value, path, options)
            if inner is None:
                stored = _scalar(value, path)
            else:
                stored = inner.target
                waiting.append(inner)
            if here.is_object:
                here.target[key] = stored
            else:
                here.target.append(stored)
    target: dict[str, Any] = outermost.target
    return target


def _contents(here: _Visit) -> Iterator[tuple[Json, Json, str]]:
    if not here.is_object:
        for index, value in enumerate(here.source):
            yield index, value, element_path(here.path, index)
        return
    for key, value in getattr(here.source, "items", here.source.__iter__)():
        if type(key) is not str:
            raise CsmDecodeError(f"{here.path}: a key must be a string, not {excerpt_of(key)}")
        path = member_path(here.path, key)
        if not is_text(key):
            raise CsmDecodeError(f"{here.path}: a key has a lone surrogate: {excerpt_of(key)}")
        if key in here.target:
            raise CsmDecodeError(f"{path}: a key that stands twice in one object")
        yield key, value, path


def _entered(here: _Visit, key: Json, value: Json, path: str, options: Options) -> _Visit | None:
    """The visit that an array or object needs; None for other values."""
    is_object = issubclass(value.__class__, dict | _Members)
    if not is_object and not issubclass(value.__class__, list | tuple):
        return None
    place = _place(here, key, is_object=is_object)
    nesting = here.nesting + 1 if place == _ANY else 0
    depth = here.depth + (place == _MESSAGE)
    if depth > options.max_depth:
        raise CsmDecodeError(f"{path}: deeper than {options.max_depth} messages")
    if nesting > MAX_NESTING:
        raise CsmDecodeError(f"{path}: a value nested deeper than {MAX_NESTING} levels")
    return _Visit(value, is_object, place, depth, nesting, path)


def _place(here: _Visit, key: Json, *, is_object: bool) -> int:
    """What a value is by its place, provided that it has the form that belongs there."""
    if here.is_object:
        place = _PLACES.get(here.place, {}).get(key, _ANY)
    else:
        place = _ELEMENTS.get(here.place, _ANY)
    return place if is_object is (place in _OBJECTS) else _ANY


def _scalar(value: Json, path: str) -> Json:
    if isinstance(value, str):
        fault = "" if is_text(value) else "a string with a lone surrogate"
    elif value is None or isinstance(value, bool):
        fault = ""
    elif isinstance(value, int):
        fault = "" if is_finite_number(value) else "a number beyond the range of a double"
    else:
        fault = "" if isinstance(value, float) and isfinite(value) else "no JSON value"
    if fault:
        raise CsmDecodeError(f"{path}: {fault}: {excerpt_of(value)}")
    return value
