"""A text as JSON, strictly: everything that makes it unreadable before anybody asks what it says.

Only what ends in a CsmDecodeError and needs the text lives here: size, UTF-8, syntax, hostile
depth. What its values must be is the business of `values`, and what they mean that of `diagnosis`.
"""

from __future__ import annotations

import re
from json import JSONDecodeError, JSONDecoder
from math import isfinite
from sys import getrecursionlimit
from typing import Any, Final, NoReturn, TypeAlias

from csm.codec.options import Options
from csm.codec.values import Json, Members, plain_values
from csm.errors import CsmDecodeError, excerpt_of
from csm.extra import MAX_NESTING

Source: TypeAlias = "str | bytes | bytearray | memoryview"

_BYTES: Final = (bytes, bytearray, memoryview)
_BOM: Final = "\ufeff"
_SAFE_DIGITS = 300  # fewer digits than the largest double has


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
        before = str(data[: error.start], "utf-8")
        raise CsmDecodeError.at("not UTF-8", before, len(before)) from error


def simple_bytes(source: Source, max_bytes: int) -> bytes | None:
    """The UTF-8 of some input; None where it is not small, or where a reader might crash on it."""
    if getrecursionlimit() > _DEEPEST_SAFE_LIMIT:
        return None
    data = source
    if type(source) is str and len(source) <= max_bytes:
        try:
            data = source.encode()
        except UnicodeEncodeError:
            return None
    return data if type(data) is bytes and len(data) <= max_bytes else None


def _checked_text(text: str, max_bytes: int) -> str:
    _check_size(len(text), max_bytes)
    if not text.isascii() and not (len(text) * 2 <= max_bytes and _is_latin(text)):
        try:
            _check_size(len(text.encode()), max_bytes)
        except UnicodeEncodeError as error:
            reason = "a lone surrogate, which no UTF-8 can hold"
            raise CsmDecodeError.at(reason, text, error.start) from error
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
    object_pairs_hook=Members,
    parse_float=finite_float,
    parse_int=_finite_int,
    parse_constant=refuse_constant,
)


_decode_simply = JSONDecoder().decode


def decoded(text: str, options: Options) -> Json:
    """What JSON's own reader makes of a text; not all that it accepts is acceptable.

    Raises:
        CsmDecodeError: It does not accept the text.
    """
    guard_depth(text, options)
    try:
        return _decode_simply(text)
    except (ValueError, RecursionError):
        return parsed(text, options)


def parsed(text: str, options: Options) -> dict[str, Any]:
    """The JSON object that a text holds, as plain values.

    Raises:
        CsmDecodeError: The text holds no such thing.
    """
    if text.startswith(_BOM):
        reason = "begins with a byte order mark, which JSON must not have: decode it as utf-8-sig"
        raise CsmDecodeError(reason, 1, 1)
    guard_depth(text, options)
    try:
        root = _decoder.decode(text)
    except JSONDecodeError as error:
        raise CsmDecodeError.at(f"not JSON: {error.msg}", text, error.pos) from error
    except CsmDecodeError as error:  # of a number; the decoder does not say where it stands
        raise CsmDecodeError.at(error.reason, text, _refused_number_at(text)) from None
    except RecursionError:
        check_depth(text, options)
        raise
    if not isinstance(root, Members):
        raise CsmDecodeError(f"the root must be an object, not {excerpt_of(root)}")
    return plain_values(root, options)


_STRING_OR_NUMBER = re.compile(
    r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|-?(?:NaN|Infinity|[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)',
    re.DOTALL,
)


def _refused_number_at(text: str) -> int:
    """Where the first number stands that is none or too large, in a text that is JSON up to it."""
    found = _STRING_OR_NUMBER.finditer(text)
    return next(
        each.start() for each in found if each[0][0] != '"' and not isfinite(float(each[0]))
    )


_DEEPEST_SAFE_LIMIT = 5_000


_BRACKET = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]', re.DOTALL)


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
    position = too_deep_at(text, deepest)
    if position is not None:
        raise CsmDecodeError.at(f"nested deeper than {deepest} levels", text, position)


def too_deep_at(text: str, deepest: int) -> int | None:
    """Where a text is nested deeper than so many levels, found without reading it."""
    depth = 0
    for match in _BRACKET.finditer(text):
        found = match[0]
        if found in "[{":
            depth += 1
            if depth > deepest:
                return match.start()
        elif found in "]}":
            depth -= 1
    return None
