"""Where a value stands in a message: its key on the wire, and its JSONPath.

Only the two ways of naming a place live here. Paths follow RFC 9535: names that need no quotes
stand after a dot, all others in brackets.
"""

from __future__ import annotations

import re
from typing import TypeAlias

ROOT = "$"

Place: TypeAlias = "tuple[Place, str | int] | None"
"""Where a value stands, cheap to extend: the place of what holds it, and its key or index there."""

_SHORTHAND = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ESCAPES = {ord("\\"): r"\\", ord("'"): r"\'"}


def json_key(attribute: str) -> str:
    """The key on the wire of a Python attribute.

    >>> json_key("iso8601_utc_timestamp")
    'iso8601UtcTimestamp'
    """
    first, *others = attribute.split("_")
    return first + "".join(word.capitalize() for word in others)


def member_path(parent: str, key: str) -> str:
    """The path of a key's value.

    >>> member_path("$.notes[0]", "title"), member_path("$", "not a name")
    ('$.notes[0].title', "$['not a name']")
    """
    if _SHORTHAND.fullmatch(key):
        return f"{parent}.{key}"
    return f"{parent}['{''.join(map(_escaped, key.translate(_ESCAPES)))}']"


def _escaped(character: str) -> str:
    """A character that prints, or its escape as in JSON: what is foreign must not forge a line."""
    if character.isprintable():
        return character
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[index : index + 4]}" for index in range(0, len(units), 4))


def element_path(parent: str, index: int) -> str:
    """The path of an element of an array.

    >>> element_path("$.notes", 0)
    '$.notes[0]'
    """
    return f"{parent}[{index}]"


def path_of(place: Place) -> str:
    """The path of a place; the root is None.

    >>> path_of(((None, "notes"), 0))
    '$.notes[0]'
    """
    steps: list[str | int] = []
    while place is not None:
        place, step = place
        steps.append(step)
    path = ROOT
    for step in reversed(steps):
        path = element_path(path, step) if isinstance(step, int) else member_path(path, step)
    return path
