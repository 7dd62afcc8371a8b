"""Documents for the readers: valid ones, changed ones, and such as only an enemy would send.

Only the making of documents from a random source lives here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, TypeAlias

import attrs

from fuzzing.values import NUMBERS, STRINGS, TIMES, WORDS, Raw, Twice, Value, odd, text, unknown
from fuzzing.values import written as json_of

Source: TypeAlias = "str | bytes"


@attrs.frozen
class Document:
    """What a reader is given.

    Attributes:
        kind: How it was made, for the statistics.
        source: The text, or bytes.
        options: Those of the serializer that differ from the defaults.
    """

    kind: str
    source: Source
    options: Mapping[str, Any] = attrs.field(factory=dict)


def document(rng: Random) -> Document:
    """Return a document of a random kind."""
    kind = rng.choices(list(KINDS), cum_weights=_WEIGHTS)[0]
    return Document(kind, KINDS[kind][1](rng), _options(rng))


def _options(rng: Random) -> Mapping[str, Any]:
    options: dict[str, Any] = {}
    if rng.random() < 0.4:
        options["extra_keys"] = rng.choice(["keep", "ignore", "reject"])
    if rng.random() < 0.4:
        options["unknown_values"] = rng.choice(["reject", "keep"])
    if rng.random() < 0.1:
        options["max_depth"] = rng.choice([1, 2, 3, 4, 99])
    if rng.random() < 0.05:
        options["max_bytes"] = rng.randrange(1, 2_000)
    return options


def message(rng: Random, levels: int | None = None) -> dict[str, Value]:
    """Return the values of a valid message."""
    below = rng.choices([0, 1, 2, 3], [82, 14, 3, 1])[0] if levels is None else levels
    made: dict[str, Value] = {"component": _component(rng)}
    if rng.random() < 0.8:
        made["statusMessageType"] = rng.choice(["COMPONENT", "CLUSTER_NODE", "DATAFLOW_INBOUND"])
    made["status"] = rng.choice(["OK", "OK", "WARN", "ERROR", "CRITICAL"])
    made |= rng.choice(_MOMENTS)
    if rng.random() < 0.4:
        made["notes"] = [_note(rng) for _ in range(rng.randrange(3))]
    if below:
        made["subStatuses"] = [message(rng, below - 1) for _ in range(rng.choice([1, 1, 2, 3]))]
    _add_unknown(made, rng)
    if rng.random() < 0.1:
        made = dict(rng.sample(list(made.items()), len(made)))
    return made


_ISO = "2015-07-16T16:28:28Z"
_MOMENTS: list[dict[str, Value]] = [
    *[{"epochSecondsTimestamp": 1437064108, "iso8601UtcTimestamp": _ISO}] * 6,
    {"epochSecondsTimestamp": 1437064108},
    {"iso8601UtcTimestamp": _ISO},
    {"epochSecondsTimestamp": 1437064108, "iso8601UtcTimestamp": "2015-07-16T18:28:28.9+02:00"},
    {"epochSecondsTimestamp": -62135596800, "iso8601UtcTimestamp": "0001-01-01T00:00:00Z"},
    {"epochSecondsTimestamp": 253402300799, "iso8601UtcTimestamp": "9999-12-31T23:59:59Z"},
    {"epochSecondsTimestamp": 0, "iso8601UtcTimestamp": "1970-01-01T00:00:00Z"},
]


def _component(rng: Random) -> dict[str, Value]:
    kind, names = rng.choice(_COMPONENTS)
    made: dict[str, Value] = {"componentType": kind, "componentName": rng.choice(names)}
    if kind == "GENERAL" and rng.random() < 0.5:
        made["componentName"] = text(rng) or "x"
    for key in ("secondaryId", "tertiaryId", "quaternaryId"):
        if rng.random() < 0.15:
            made[key] = text(rng)
    _add_unknown(made, rng)
    return made


_COMPONENTS = [
    ("GENERAL", ["Persistence", "größer", "SIA"]),
    ("MAJOR", ["SIA", "MADM"]),
    ("MAJOR_EXTERNAL", ["EDW", "DSB", "DIGITALSMITHS"]),
]


def _note(rng: Random) -> dict[str, Value]:
    made: dict[str, Value] = {
        "title": text(rng) or "x",
        "actionImportance": rng.choice(["NONE", "LOW", "MEDIUM", "HIGH", "URGENT"]),
    }
    for key in ("detail", "data", "dataDeserializationKey", "actionToTake"):
        if rng.random() < 0.3:
            made[key] = text(rng)
    _add_unknown(made, rng)
    return made


def _add_unknown(made: dict[str, Value], rng: Random) -> None:
    while rng.random() < 0.04:
        made[text(rng) or "x"] = unknown(rng)


def _valid(rng: Random) -> Source:
    return _encoded(json_of(message(rng), rng), rng)


def _mutated(rng: Random) -> Source:
    made: Value = message(rng)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        mutate(made, rng)
    return _encoded(json_of(made, rng), rng)


def _places(value: Value) -> list[tuple[Value, Any]]:
    """Return every array and object with each of its indexes or keys."""
    places: list[tuple[Value, Any]] = []
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict | list):
            keys = list(here) if isinstance(here, dict) else range(len(here))
            places += [(here, key) for key in keys]
            waiting += [here[key] for key in keys]
    return places


def mutate(root: Value, rng: Random) -> None:
    """Change one value somewhere in a document."""
    places = _places(root)
    if not places:
        return
    holder, key = rng.choice(places)
    change = rng.randrange(9)
    if change < 4:
        holder[key] = odd(rng)
    elif change == 4:
        del holder[key]
    elif change == 5:
        other, other_key = rng.choice(places)
        holder[key] = _copy(other[other_key])
    elif change == 6:
        holder[key] = rng.choice(
            [[holder[key]], {"a": holder[key]}, {rng.choice(KEYS): holder[key]}]
        )
    elif isinstance(holder, list):
        holder.insert(key, odd(rng))
    elif change == 7:
        holder[rng.choice([*KEYS, text(rng), f"{key} "])] = odd(rng)
    else:
        holder[key] = _twice(holder[key], rng)


def _twice(value: Value, rng: Random) -> Value:
    if not isinstance(value, dict) or not value:
        return value
    key = rng.choice(list(value))
    return Twice(value, [(key, rng.choice([value[key], odd(rng)]))])


def _copy(value: Value) -> Value:
    if isinstance(value, Twice):
        return Twice({key: _copy(each) for key, each in value.items()}, value.more)
    if isinstance(value, dict):
        return {key: _copy(each) for key, each in value.items()}
    return [_copy(each) for each in value] if isinstance(value, list) else value


KEYS = ["component", "statusMessageType", "status", "epochSecondsTimestamp", "iso8601UtcTimestamp"]
KEYS += ["notes", "subStatuses", "title", "actionImportance", "detail", "data", "actionToTake"]
KEYS += ["dataDeserializationKey", "componentType", "componentName", "secondaryId", "tertiaryId"]
KEYS += ["quaternaryId", "extra", "a", ""]


def _nulls(rng: Random) -> Source:
    made = message(rng)
    share = rng.choice([0.05, 0.3, 1.0])
    for holder, key in _places(made):
        if rng.random() < share:
            holder[key] = None
    for holder in [made, *(made.get("notes") or ()), made["component"]]:
        if isinstance(holder, dict):
            for key in rng.sample(KEYS, 3):
                holder.setdefault(key, None)
    return json_of(made, rng)


def _garbled(rng: Random) -> Source:
    return _encoded(garbled(json_of(message(rng), rng), rng), rng)


def garbled(said: str, rng: Random) -> str:
    """Return a text with changes that know nothing of JSON."""
    for _ in range(rng.choice([1, 1, 2, 4])):
        start = rng.randrange(len(said) + 1)
        end = min(len(said), start + rng.choice([0, 0, 1, 1, 2, 9, 200]))
        piece = rng.choice([rng.choice(TOKENS), said[end : end + 20], "", text(rng, 3)])
        said = said[:start] + piece + said[end:]
    return said


TOKENS = [
    *NUMBERS,
    *STRINGS,
    *WORDS,
    "\ud800",
    "\udfff",
    "\ufeff",
    "\x0b",
    "\xa0",
    "\u2003",
    "\x85",
]


def _foreign_encoding(rng: Random) -> Source:
    data = json_of(message(rng), rng)
    encodings = ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp500"]
    encoded = data.encode(rng.choice(encodings), "replace")
    return encoded if rng.random() < 0.8 else "\ufeff" + data


def _broken_bytes(rng: Random) -> Source:
    data = bytearray(json_of(message(rng), rng).encode("utf-8", "surrogatepass"))
    for _ in range(rng.choice([1, 1, 3])):
        position = rng.randrange(len(data))
        data[position : position + rng.randrange(2)] = rng.choice(_BYTES)
    return bytes(data)


_BYTES = [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80", b"\xe2\x82", b"\x00"]
_BYTES += [b"\xef\xbb\xbf", b"\xf0\x9f\x98\x80", b"\x80", b'"', b"\\"]


def _deep(rng: Random) -> Source:
    """Return messages in one another around the limit, with something deep on the way."""
    levels = rng.choice([2, 50, 98, 99, 100, 101, 150, 250])
    around = message(rng, 0)
    around.pop("subStatuses", None)
    opening = json_of(around, rng).rstrip()[:-1].rstrip() + ',"subStatuses":['
    leaf: Value = message(rng, 0)
    if rng.random() < 0.5:
        places = _places(leaf)
        holder, key = rng.choice(places)
        holder[key] = odd(rng)
    return (
        opening * (levels - 1) + json_of(leaf, rng) + "]}" * (levels - 1 - rng.choice([0, 0, 0, 1]))
    )


def _abyss(rng: Random) -> Source:
    """Return what is nested far beyond all limits, in a known or an unknown place."""
    opening, closing = rng.choice(
        [("[", "]"), ('{"a":', "}"), ('{"subStatuses":[', "]}"), ("[{", "")]
    )
    levels = rng.choice([201, 302, 1_000, 5_000, 30_000])
    inside = opening * levels + (rng.choice(["1", '"x"']) + closing * levels) * rng.randrange(2)
    return json_of(message(rng, 0) | {rng.choice(KEYS): Raw(inside)}, rng)


def _many_problems(rng: Random) -> Source:
    made = message(rng, 0)
    faults = [odd(rng), {}, None, {"title": ""}, {"title": 1, "actionImportance": "SOON"}]
    made[rng.choice(["notes", "subStatuses"])] = [rng.choice(faults)] * rng.choice([5, 400, 1_100])
    return json_of(made, rng)


def _moments(rng: Random) -> Source:
    made = message(rng, 0)
    made.pop(rng.choice(["epochSecondsTimestamp", "iso8601UtcTimestamp"]), None)
    if rng.random() < 0.8:
        made["iso8601UtcTimestamp"] = rng.choice(TIMES)
    if rng.random() < 0.4:
        made["epochSecondsTimestamp"] = Raw(rng.choice(NUMBERS))
    return json_of(made, rng)


def _noise(rng: Random) -> Source:
    if rng.random() < 0.5:
        return rng.randbytes(rng.randrange(60))
    return "".join(rng.choices(TOKENS, k=rng.randrange(6)))


def _large(rng: Random) -> Source:
    made = message(rng, 1)
    made["subStatuses"] = [message(rng, 1) for _ in range(rng.randrange(50, 300))]
    if rng.random() < 0.5:
        mutate(made, rng)
    return _encoded(json_of(made, rng), rng)


def _encoded(said: str, rng: Random) -> Source:
    if rng.random() < 0.3:
        return said.encode("utf-8", "surrogatepass")
    return said


KINDS: Mapping[str, tuple[float, Callable[[Random], Source]]] = {
    "valid": (18, _valid),
    "mutated": (40, _mutated),
    "garbled text": (14, _garbled),
    "null everywhere": (8, _nulls),
    "times": (8, _moments),
    "broken UTF-8": (4, _broken_bytes),
    "foreign encoding": (3, _foreign_encoding),
    "noise": (3, _noise),
    "deep": (0.5, _deep),
    "far too deep": (0.35, _abyss),
    "many problems": (0.1, _many_problems),
    "large": (0.05, _large),
}
"""The kinds of documents: how often each comes, and how it is made."""


def _sums(weights: list[float]) -> list[float]:
    return [sum(weights[: index + 1]) for index in range(len(weights))]


_WEIGHTS = _sums([weight for weight, _ in KINDS.values()])
