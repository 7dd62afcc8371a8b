"""The unknown keys that came with an object: JSON values, kept as they are.

Only what an unknown value may be, its comparison and its read-only mapping live here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite
from typing import TypeAlias, cast

from csm.errors import ProblemList, excerpt_of
from csm.paths import element_path, member_path

JsonValue: TypeAlias = (
    "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
)

MAX_NESTING = 100
"""How many arrays and objects an unknown value may hold in one another."""


class Extra(Mapping[str, JsonValue]):
    """A read-only mapping of JSON values, equal to another mapping that means the same JSON.

    Arrays and objects come out as copies, so nothing that is done to them reaches the message.
    """

    __slots__ = ("_values",)
    _values: dict[str, JsonValue]

    def __init__(self, values: Mapping[str, JsonValue]) -> None:
        object.__setattr__(self, "_values", dict(values))

    def __getitem__(self, key: str) -> JsonValue:
        return _copied(self._values[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("extra is read-only: use replace(extra=…) for a changed copy")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("extra is read-only: use replace(extra=…) for a changed copy")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Extra):
            return same_json(self._values, other._values)
        if isinstance(other, Mapping):
            return same_json(self._values, dict(cast("Mapping[object, object]", other)))
        return NotImplemented

    def __hash__(self) -> int:
        return hash(_hashable(self._values))

    def __repr__(self) -> str:
        return repr(self._values)

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (self._values,)


NO_EXTRA = Extra({})
"""The one that holds nothing; writers know it by its identity."""


def _restored(values: Mapping[str, JsonValue]) -> Extra:
    """What was pickled."""
    return Extra(values) if values else NO_EXTRA


def _hashable(value: JsonValue) -> object:
    """The same for values that mean the same JSON; only of text, whose hashes nobody foretells."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return frozenset(zip(value, map(_hashable, value.values()), strict=True))
    if isinstance(value, list | tuple):
        return tuple(map(_hashable, value))
    number = int(value) if isinstance(value, float) and value.is_integer() else value
    return frozenset([repr(number)])  # which no string, array or object is


def _copied(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {key: _copied(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_copied(element) for element in value]
    return value


def same_json(left: object, right: object) -> bool:
    """Whether two values mean the same JSON: members in any order, 1 equals 1.0, but true is not 1.

    >>> same_json({"a": [1, True]}, {"a": (1.0, True)}), same_json(True, 1)
    (True, False)
    """
    pairs = [(left, right)]
    while pairs:
        one, other = pairs.pop()
        inside = _parts(one, other)
        if inside is None:
            return False
        pairs.extend(inside)
    return True


def _parts(one: object, other: object) -> Iterable[tuple[object, object]] | None:
    """The pairs that must be the same for two values to be; None when these differ anyway."""
    if isinstance(one, dict) and isinstance(other, dict):
        members, others = cast("dict[str, object]", one), cast("dict[str, object]", other)
        return (
            ((members[key], others[key]) for key in members)
            if members.keys() == others.keys()
            else None
        )
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        elements, rest = cast("list[object]", one), cast("list[object]", other)
        return zip(elements, rest, strict=True) if len(elements) == len(rest) else None
    return () if isinstance(one, bool) is isinstance(other, bool) and one == other else None


def is_text(value: str) -> bool:
    """Whether a string can be written as UTF-8: it has no lone surrogates."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_plain_text(value: object) -> bool:
    """Whether a value is a str, no subclass of it, that can be written as UTF-8."""
    return type(value) is str and (value.isascii() or is_text(value))


def checked_extra(
    given: object, known_keys: frozenset[str], problems: ProblemList, path: str
) -> Extra:
    """The mapping of unknown keys that a caller gave, copied; faults are added to the problems."""
    if not isinstance(given, Mapping):
        problems.add(
            member_path(path, "extra"), "must be a mapping of JSON values", excerpt_of(given)
        )
        return NO_EXTRA
    members = cast("Mapping[object, object]", given)
    for key in members:
        if isinstance(key, str) and key in known_keys:
            problems.add(
                member_path(path, key), "is a known key, which extra cannot hold: use its argument"
            )
    if not members:
        return NO_EXTRA
    # What has been checked once is not checked again.
    return (
        given if isinstance(given, Extra) else Extra(_checked_object(members, problems, path, ()))
    )


_Above: TypeAlias = tuple[object, ...]
"""The arrays and objects that a value stands in."""


def _checked_object(
    given: Mapping[object, object], problems: ProblemList, path: str, above: _Above
) -> dict[str, JsonValue]:
    members: dict[str, JsonValue] = {}
    for key, value in given.items():
        if isinstance(key, str) and is_text(key):
            members[str.__str__(key)] = _checked(value, problems, member_path(path, key), above)
        else:
            problems.add(path, "has a key that is not a string of Unicode text", excerpt_of(key))
    return members


def _checked(value: object, problems: ProblemList, path: str, above: _Above) -> JsonValue:
    if isinstance(value, Mapping | list | tuple):
        if any(value is other for other in above):
            problems.add(path, "holds itself, which no JSON can say")
            return None
        if len(above) >= MAX_NESTING:
            problems.add(path, f"nests deeper than {MAX_NESTING} arrays and objects")
            return None
        inside = (*above, cast("object", value))
        if isinstance(value, Mapping):
            return _checked_object(cast("Mapping[object, object]", value), problems, path, inside)
        elements = enumerate(cast("list[object]", value))
        return [_checked(each, problems, element_path(path, i), inside) for i, each in elements]
    if value is None or _is_plain(value):
        return cast("JsonValue", value)
    problems.add(path, "is no JSON value", excerpt_of(value))
    return None


def _is_plain(value: object) -> bool:
    if type(value) is str:
        return is_text(value)
    if type(value) is int:
        return is_finite_number(value)
    return type(value) is bool or (type(value) is float and isfinite(value))


def is_finite_number(number: int) -> bool:
    """Whether an integer lies within the range of a finite double, as JSON readers expect."""
    if number.bit_length() <= 1_023:
        return True
    try:
        float(number)
    except OverflowError:
        return False
    return True
