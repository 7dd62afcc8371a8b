"""Values that a document may hold, the odd ones included, and a writer of JSON that knows them all.

Only the making and the writing of values live here; which documents they become is in `documents`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from random import Random
from typing import Any, TypeAlias

import attrs

Value: TypeAlias = Any
"""A JSON value, or a `Raw`; an object is a dict, or a `Twice`."""


@attrs.frozen
class Raw:
    """A text that stands in a document as it is, JSON or not."""

    text: str


class Twice(dict[str, Value]):
    """An object with further members, whose keys may stand in it already."""

    def __init__(self, members: dict[str, Value], more: list[tuple[str, Value]]) -> None:
        super().__init__(members)
        self.more = more


PIECES = [
    *"aZ09 _-.:",
    "OK",
    "ä",
    "ß",
    "€",
    "日",
    "😀",
    '"',
    "\\",
    "/",
    "\n",
    "\x00",
    "\x1f",
    "\x7f",
]
PIECES += ["\u2028", "\ufeff", "\ufffd", "\U0010ffff", "\\u0041", "\\ud800", "</script>", "${x}"]

TIMES = [
    "2015-07-16T16:28:28Z",
    "2015-07-16T18:28:28.999999999999+02:00",
    "2015-07-16T16:28:28-00:00",
    "2015-07-16t16:28:28z",
    "2015-07-16 16:28:28Z",
    "2015-07-16T16:28:28",
    "2015-07-16T16:28Z",
    "2015-07-16T24:00:00Z",
    "2016-12-31T23:59:60Z",
    "2015-02-29T00:00:00Z",
    "2016-02-29T00:00:00Z",
    "0000-12-31T23:59:59-00:01",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-00:01",
    "2015-07-16T16:28:28+23:59",
    "2015-07-16T16:28:28+24:00",
    "2015-07-16T16:28:28.Z",
    "\uff12\uff1015-07-16T16:28:28Z",
    "2015-07-16T16:28:28Z\n",
    "2015-W29-4T16:28:28Z",
]

NUMBERS = [
    *("0", "-0", "0.0", "-0.0", "1", "-1", "1.0", "1e0", "1E+2", "1e-2", "1437064108", "5e-324"),
    *("1437064108.0", "1437064108e0", "14370641080e-1", "-62135596800", "-62135596801", "0.1"),
    *("253402300799", "253402300800", str(2**53 + 1), str(2**63 - 1), str(2**63), str(2**64)),
    *(str(-(2**63)), str(-(2**63) - 1), str(10**20), "1e308", "1.7976931348623157e308", "1e-400"),
    *("1.7976931348623159e308", "1e309", "1e400", "-1e400", "1" + "0" * 308, "1" + "0" * 309),
    *("9" * 4_300, "9" * 4_301, "9" * 20_000, "0." + "1" * 5_000, "1e" + "9" * 50),
    *("NaN", "Infinity", "-Infinity", "nan", "01", "-01", "+1", ".5", "1.", "1e", "0x10", "1_0"),
    *("--1", "-", "1e+", "\u0661"),
]

STRINGS = [
    *('""', '"OK"', '"ok"', '"MELTED"', '"NONE"', '"MAJOR"', '"SIA"', '"EDW"', '"GENERAL"'),
    *(r'"\ud800"', r'"\udc00\ud800"', r'"\ud83d\ude00"', r'"\ud83d"', r'"\uD83D\u0041"'),
    *(
        r'"\u0000"',
        r'"\u004fK"',
        r'"\/"',
        r'"\b\f\n\r\t\\"',
        r'"\x41"',
        r'"\u12"',
        '"\t"',
        '"\x00"',
    ),
    *(r'"\\ud800"', r'"\\\ud800"', '"', "'x'", r'"\"', '"\x7f\x80\u2028"'),
]

WORDS = ["null", "true", "false", "nul", "True", "None", "undefined", "[]", "{}", "[[]]", "[null]"]
WORDS += ["{", "[", "]", "}", ",", ":", "[,]", "{,}", '{"a"}', "[1,]", '{"a":1,}', "/**/1", "1//"]

DEEP = [
    opening * levels + inside + closing * levels
    for opening, inside, closing in [("[", "", "]"), ('{"a":', "1", "}"), ('[{"a":', "null", "}]")]
    for levels in (50, 99, 100, 101, 102, 300)
]


def text(rng: Random, most: int = 8) -> str:
    """Return a text of a few pieces that often matter."""
    return "".join(rng.choices(PIECES, k=rng.randrange(most)))


def unknown(rng: Random, levels: int = 3) -> Value:
    """Return any JSON value, for an unknown key."""
    kind = rng.randrange(9 if levels else 6)
    if kind < 2:
        return text(rng)
    if kind == 2:
        return rng.choice([None, True, False])
    if kind < 5:
        return rng.choice([0, 1, -1, 2.5, 1.0, 10**20, -(2**64), 1e300, rng.getrandbits(70)])
    if kind == 5:
        return rng.choice([[], {}])
    size = range(rng.randrange(4))
    if kind == 6:
        return {text(rng): unknown(rng, levels - 1) for _ in size}
    return [unknown(rng, levels - 1) for _ in size]


def odd(rng: Random) -> Value:
    """Return a value that is wrong nearly everywhere, or not even JSON."""
    kind = rng.randrange(12)
    if kind < 3:
        return rng.choice([None, True, [], {}, "", "OK", 0, 1.0])
    if kind < 6:
        return Raw(rng.choice(NUMBERS))
    if kind < 8:
        return Raw(rng.choice(STRINGS))
    if kind == 8:
        return Raw(rng.choice(WORDS))
    if kind == 9:
        return Raw(rng.choice(DEEP))
    return rng.choice(TIMES) if kind == 10 else unknown(rng)


def written(value: Value, rng: Random) -> str:
    """Return the text of a value: in one of the ways that JSON allows, or nearly."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _DEEPEST))
    try:
        return _written(value, rng)
    finally:
        sys.setrecursionlimit(limit)


_DEEPEST = 10_000


def _written(value: Value, rng: Random) -> str:
    style = rng.randrange(4)
    if style == 0:
        return _joined(value, json.dumps, "")
    if style == 1:
        return _joined(value, lambda each: json.dumps(each, ensure_ascii=False), "")
    if style == 2:
        return _joined(value, json.dumps, rng.choice([" ", "\n", "\r\n\t"]))
    return _joined(value, lambda each: _escaped(each, rng), "")


def _joined(value: Value, quoted: Callable[[str], str], space: str) -> str:
    if isinstance(value, dict):
        members = [*value.items(), *(value.more if isinstance(value, Twice) else [])]
        inside = [f"{quoted(key)}{space}:{_joined(each, quoted, space)}" for key, each in members]
        return "{" + f",{space}".join(inside) + space + "}"
    if isinstance(value, list):
        return f"[{space}" + f"{space},".join(_joined(each, quoted, space) for each in value) + "]"
    if isinstance(value, Raw):
        return value.text
    return quoted(value) if isinstance(value, str) else json.dumps(value)


def _escaped(value: object, rng: Random) -> str:
    """Return a string with some of its characters as escapes that nobody would need."""
    said = json.dumps(value)
    if not isinstance(value, str) or not value.isascii() or "\\" in said:
        return said
    return "".join(
        f"\\u{ord(each):04x}" if rng.random() < 0.1 else each for each in said[1:-1]
    ).join('""')
