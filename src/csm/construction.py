"""The making of one object out of arguments: what a constructor and a builder have in common.

Only what is shared by all objects lives here: the collecting of problems with their paths, the one
reading of the clock, and the checks of single values. What makes a note a note is in its module.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, Final, Generic, Self, TypeAlias, TypeVar, cast

from csm.catalogue import Catalogue
from csm.errors import ProblemList, excerpt_of, nearest
from csm.extra import is_text
from csm.paths import ROOT, element_path, json_key, member_path
from csm.vocabulary import Vocabulary

Arguments: TypeAlias = Mapping[str, object]
Clock: TypeAlias = Callable[[], "float | datetime"]
"""Returns epoch seconds, or an aware datetime."""

MAX_DEPTH = 100
"""How many messages may stand in one another, the outermost included."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
V = TypeVar("V", bound=Vocabulary)
C = TypeVar("C", bound=Catalogue)
F = TypeVar("F", bound=Callable[..., object])


class _Missing(Enum):
    MISSING = "missing"

    def __repr__(self) -> str:
        return "<missing>"


MISSING: Final[Any] = _Missing.MISSING
"""Stands for an argument that was left out."""


def reports_missing(*names: str) -> Callable[[F], F]:
    """Let a constructor see that required arguments are missing; type checkers still require them.

    Python's own TypeError would end the checks at the first one, and knows no path.
    """

    def mark(constructor: F) -> F:
        defaults = dict(constructor.__kwdefaults__ or {})
        constructor.__kwdefaults__ = dict.fromkeys(names, MISSING) | defaults
        return constructor

    return mark


class Making:
    """One outer call of a constructor or of `build()`, with everything below it."""

    __slots__ = ("_clock", "_reading", "at_work", "problems")

    def __init__(self, clock: Clock = time.time) -> None:
        self.problems: ProblemList = ProblemList()
        self.at_work: list[Builder[Any]] = []
        self._clock = clock
        self._reading: float | datetime | None = None

    def reading(self) -> float | datetime:
        """The time, read from the clock once."""
        if self._reading is None:
            self._reading = self._clock()
        return self._reading

    def finish(self, made: T | None) -> T:
        """What was made.

        Raises:
            CsmValidationError: Problems came up.
        """
        if made is None or self.problems:
            raise self.problems.error()
        return made


Recipe: TypeAlias = Callable[[Arguments, Making, str], "T | None"]
"""Makes an object out of arguments; None when there are problems, which stand in the Making."""

StaticRecipe: TypeAlias = "staticmethod[[Arguments, Making, str], T | None]"
"""A recipe as a member of a class."""


class Builder(Generic[T_co]):
    """Arguments on their way to an object; accepted wherever the object is."""

    __slots__ = ("arguments",)
    target: ClassVar[type[Any]]
    recipe: ClassVar[StaticRecipe[Any]]
    """Makes an object of the target's class."""
    arguments: dict[str, object]

    def __init__(self) -> None:
        self.arguments = {}

    @classmethod
    def builder(cls) -> Self:
        """A fresh builder."""
        return cls()

    def build(self) -> T_co:
        """The object that the arguments make; may be called again.

        Raises:
            CsmValidationError: An argument is missing or wrong; its path begins at this object.
        """
        return self._built_in(Making())

    def _built_in(self, making: Making) -> T_co:
        made: T_co | None = built(self, self.target, making, ROOT)
        return making.finish(made)


def argument(arguments: Arguments, name: str, making: Making, path: str) -> object:
    """A required argument, or MISSING, which is then a problem."""
    value = arguments.get(name, MISSING)
    if value is MISSING:
        making.problems.add(member_path(path, json_key(name)), "is missing")
    return value


def built(value: object, wanted: type[T], making: Making, path: str) -> T | None:
    """An object, given as itself or as its builder."""
    given = value
    if isinstance(value, wanted):
        return value
    if not isinstance(value, Builder) or not issubclass(value.target, wanted):
        message = f"must be a {wanted.__name__} or its builder"
        making.problems.add(path, message, excerpt_of(given))
        return None
    builder = cast("Builder[T]", value)
    if any(builder is other for other in making.at_work):
        making.problems.add(path, "is a builder inside itself")
        return None
    if len(making.at_work) > MAX_DEPTH:
        making.problems.add(path, f"is more than {MAX_DEPTH} messages deep")
        return None
    making.at_work.append(builder)
    made: T | None = builder.recipe(builder.arguments, making, path)
    making.at_work.pop()
    return made


def sequence(
    arguments: Arguments, name: str, wanted: type[T], making: Making, path: str
) -> tuple[T, ...]:
    """The objects of a list or tuple; those with problems are left out."""
    value = arguments.get(name, ())
    path = member_path(path, json_key(name))
    if not isinstance(value, list | tuple):
        making.problems.add(
            path, f"must be a list or tuple of {wanted.__name__}", excerpt_of(value)
        )
        return ()
    made: list[T] = []
    for index, item in enumerate(cast("list[object]", value)):
        found = built(item, wanted, making, element_path(path, index))
        if found is not None:
            made.append(found)
    return tuple(made)


def text(arguments: Arguments, name: str, making: Making, path: str) -> str | None:
    """An optional string."""
    value = arguments.get(name)
    if value is None or (type(value) is str and is_text(value)):
        return value
    path = member_path(path, json_key(name))
    if not isinstance(value, str):
        making.problems.add(path, "must be a string", excerpt_of(value))
        return None
    plain = str.__str__(value)
    if not is_text(plain):
        making.problems.add(
            path, "has a lone surrogate, which no UTF-8 can hold", excerpt_of(plain)
        )
    return plain


def required_text(arguments: Arguments, name: str, making: Making, path: str) -> str:
    """A string that is not empty."""
    value = argument(arguments, name, making, path)
    if value is MISSING:
        return ""
    found = "" if value is None else text(arguments, name, making, path)
    if not found and found is not None:
        place = member_path(path, json_key(name))
        making.problems.add(place, "must be a string that is not empty", excerpt_of(value))
    return found or ""


def word(
    vocabulary: type[V], name: str, arguments: Arguments, making: Making, path: str
) -> V | None:
    """A member of a closed enum, given as itself or by its name; the first where it is left out.

    The first member is the default of each of them: OK, COMPONENT, NONE.
    """
    value = arguments.get(name, MISSING)
    if isinstance(value, vocabulary):
        return value
    if value is MISSING:
        return next(iter(vocabulary))
    found = vocabulary.__members__.get(value) if isinstance(value, str) else None
    if found is None:
        names = nearest(value if isinstance(value, str) else "", vocabulary.__members__)
        making.problems.add(
            member_path(path, json_key(name)), f"must be {names}", excerpt_of(value)
        )
    return found


def listed(
    catalogue: type[C], name: str, arguments: Arguments, making: Making, path: str
) -> C | None:
    """A member of a catalogue, given as itself or by its name."""
    value = argument(arguments, name, making, path)
    if isinstance(value, catalogue):
        return value
    found = catalogue.__members__.get(value) if isinstance(value, str) else None
    if found is None and value is not MISSING:
        place = member_path(path, json_key(name))
        making.problems.add(place, catalogue.unlisted_message(value), excerpt_of(value))
    return found
