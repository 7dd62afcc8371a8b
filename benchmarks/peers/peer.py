"""What a benchmark needs to know about a library: how its messages are made, written and read.

Only that interface, and the making of messages through it, live here. It imports next to nothing,
because the time that its users take to import is measured.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple, TypeAlias

Plain: TypeAlias = dict[str, Any]
"""A message as JSON keys and plain values."""
Kind: TypeAlias = Callable[..., Any]
"""A class, or what is called like one."""


def as_is(name: str) -> str:
    """The keyword for a JSON key, where it is the same."""
    return name


def snake_case(name: str) -> str:
    """The keyword for a JSON key in Python's usual spelling."""
    return re.sub("([A-Z])", lambda found: f"_{found[0].lower()}", name)


class Kinds(NamedTuple):
    """What a library's messages are made of.

    Args:
        message: Makes a message out of keywords.
        note: Makes a note.
        components: Make a component, by its type.
        words: The enums, by the JSON key; for the names of components, by their type.
        keyword: The keyword for a JSON key.
        derived: The JSON keys that the constructor works out by itself.
    """

    message: Kind
    note: Kind
    components: Mapping[str, Kind]
    words: Mapping[str, type] = {}
    keyword: Callable[[str], str] = snake_case
    derived: frozenset[str] = frozenset()


class Peer(NamedTuple):
    """A library that makes, writes and reads messages.

    Args:
        name: As it stands in the tables.
        encode: Writes a message, as str or bytes, whichever the library has at first hand.
        decode: Reads one from bytes.
        kinds: What its messages are made of; None where it has no objects of its own.
        packages: The distributions whose versions matter.
    """

    name: str
    encode: Callable[[Any], str | bytes]
    decode: Callable[[bytes], object]
    kinds: Kinds | None = None
    packages: tuple[str, ...] = ()


def constructing(plain: Plain, kinds: Kinds) -> Callable[[Sequence[int], Sequence[str]], Any]:
    """A function that makes a message as a program would: by one expression.

    Args:
        plain: The message as plain values, but for its times.
        kinds: What to make it of.

    Returns:
        From the epoch seconds and the ISO texts of its times, the message.
    """
    names = {"message": kinds.message, "note": kinds.note, **kinds.components}
    names |= {f"{key}_words": words for key, words in kinds.words.items()}
    source = f"lambda seconds, texts: {_message(plain, kinds, count())}"
    function: Callable[[Sequence[int], Sequence[str]], Any] = eval(source, names)  # noqa: S307
    return function


def times(plain: Plain) -> tuple[list[int], list[str]]:
    """The epoch seconds and the ISO texts of a message, in the order in which they are made."""
    seconds = [plain["epochSecondsTimestamp"]]
    texts = [plain["iso8601UtcTimestamp"]]
    for below in plain.get("subStatuses", ()):
        more = times(below)
        seconds += more[0]
        texts += more[1]
    return seconds, texts


def _message(plain: Plain, kinds: Kinds, numbers: Iterator[int]) -> str:
    number = next(numbers)
    component = dict(plain["component"])
    kind = component.pop("componentType")
    values = {
        "component": _call(kind, _sources(component, kinds, kind), kinds),
        "statusMessageType": _source("statusMessageType", plain["statusMessageType"], kinds),
        "status": _source("status", plain["status"], kinds),
        "epochSecondsTimestamp": f"seconds[{number}]",
        "iso8601UtcTimestamp": f"texts[{number}]",
    }
    if "notes" in plain:
        notes = [_call("note", _sources(note, kinds), kinds) for note in plain["notes"]]
        values["notes"] = f"[{', '.join(notes)}]"
    if "subStatuses" in plain:
        below = [_message(each, kinds, numbers) for each in plain["subStatuses"]]
        values["subStatuses"] = f"[{', '.join(below)}]"
    return _call("message", values, kinds)


def _call(name: str, sources: Mapping[str, str], kinds: Kinds) -> str:
    given = (
        f"{kinds.keyword(key)}={source}"
        for key, source in sources.items()
        if key not in kinds.derived
    )
    return f"{name}({', '.join(given)})"


def _sources(values: Plain, kinds: Kinds, kind: str = "") -> dict[str, str]:
    """What stands behind the keywords, by JSON key; the words of a name depend on the kind."""
    words = {"componentName": kind}
    return {key: _source(words.get(key, key), value, kinds) for key, value in values.items()}


def _source(words: str, value: object, kinds: Kinds) -> str:
    return f"{words}_words.{value}" if words in kinds.words else repr(value)
