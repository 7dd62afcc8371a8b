"""The codec of payloads that are JSON, strictly: nothing that readers disagree about is read.

Only the two directions of this one codec live here; `csm.payload` chooses among codecs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from math import isinf
from typing import Any, NoReturn, cast

from csm.codec.document import too_deep_at
from csm.errors import EXCERPT_LENGTH, CsmDecodeError
from csm.extra import is_finite_number, is_text

# Levels below the outermost, as for a value in a message that is kept.
_DEEPEST = 100
_CONTAINERS = (dict, list, tuple)
_TOO_DEEP = f"it is nested more than {_DEEPEST} deep"


def json_text(payload: object) -> str:
    """Return a payload as compact JSON.

    Raises:
        TypeError: It holds something that JSON has no form for.
        ValueError: It holds itself, or could not be read again: see `json_value`.
        RecursionError: It is nested far too deep.
    """
    # Before the writer, which is recursive: beyond the recursion limit it may end the process.
    if _is_too_deep(payload):
        raise ValueError(_TOO_DEEP)
    text = json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    json_value(text)
    return text


def json_value(text: str) -> object:
    """Return the payload that a text stands for.

    Raises:
        CsmDecodeError: It is not JSON.
        ValueError: It is nested too deep, has a number beyond a finite double, a key twice or a
            lone surrogate.
        RecursionError: It is nested far too deep.
    """
    if too_deep_at(text, _DEEPEST + 1) is not None:
        raise ValueError(_TOO_DEEP)
    try:
        value = _decode(text)
    except json.JSONDecodeError as error:
        raise CsmDecodeError.at(f"data is not JSON: {error.msg}", text, error.pos) from error
    if "\\u" in text and not is_text(json.dumps(value, ensure_ascii=False)):
        raise ValueError("it has a lone surrogate, which no UTF-8 can hold")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if isinf(number):
        raise ValueError(f"{digits[:EXCERPT_LENGTH]} is beyond a finite double")
    return number


def _finite_int(digits: str) -> int:
    number = int(digits)
    if not is_finite_number(number):
        raise ValueError(f"{digits[:EXCERPT_LENGTH]} is beyond a finite double")
    return number


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


_decode = json.JSONDecoder(
    parse_constant=_no_constant,
    parse_float=_finite,
    parse_int=_finite_int,
    object_pairs_hook=_no_twins,
).decode


def _is_too_deep(value: object) -> bool:
    level = _containers([value])
    for _ in range(_DEEPEST + 1):
        if not level:
            return False
        level = _containers(item for each in level for item in _items(each))
    return bool(level)


def _containers(values: Iterable[object]) -> list[object]:
    """The arrays and objects among some values, each once: a shared one is no deeper for it."""
    found: dict[int, object] = {}
    for value in values:
        if isinstance(value, _CONTAINERS):
            found[id(cast("object", value))] = cast("object", value)
    return list(found.values())


def _items(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[object, object]", value).values()
    return cast("list[object]", value)
