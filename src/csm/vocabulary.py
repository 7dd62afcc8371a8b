"""The closed enums of a status message, and their order.

Only the words of the format live here. The two catalogues that an organisation extends are in
`catalogue`.

A word that a reader was told to *keep* is an unlisted instance of its enum, as in the standard
library's own `Flag`: there is one per class and name while it is in use, so that equality is
identity; it takes no part in iteration or `in`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from threading import Lock
from typing import TYPE_CHECKING, Literal, Self, TypeAlias, cast
from weakref import WeakValueDictionary

from csm.errors import CsmValidationError, Problem, excerpt_of, nearest

_lock = Lock()
_unlisted: WeakValueDictionary[tuple[type, str], Vocabulary] = WeakValueDictionary()


class _VocabularyType(enum.EnumMeta):
    def __contains__(cls, value: object) -> bool:
        """Whether a value is a listed member or the name of one."""
        if isinstance(value, str):
            return value in cls.__members__
        members: Iterable[object] = cls.__members__.values()
        return any(value is member for member in members)


class Vocabulary(enum.Enum, metaclass=_VocabularyType):
    """A closed set of words, of which a reader may meet others."""

    @classmethod
    def _missing_(cls, value: object) -> Self:
        names = nearest(value if isinstance(value, str) else "", cls.__members__)
        message = f"is no {cls.__name__}: expected {names}"
        raise CsmValidationError([Problem("$", message, excerpt_of(value))])

    @classmethod
    def kept(cls, name: str) -> Self:
        """The member of that name; where there is none, the unlisted instance of that name."""
        listed = cls.__members__.get(name)
        if listed is not None:
            return listed
        with _lock:
            kept = _unlisted.get((cls, name))
            if kept is None:
                kept = object.__new__(cls)
                kept._name_ = name
                kept._value_ = name
                _unlisted[cls, name] = kept
        return cast("Self", kept)

    def __str__(self) -> str:
        from csm.printable import printable

        return f"{type(self).__name__}.{printable(self.name)}"

    def __repr__(self) -> str:
        return f"<{self}: {self.name!r}>"

    @property
    def is_known(self) -> bool:
        """Whether the format lists this word."""
        return self.name in type(self).__members__

    # One instance per name: identity is equality, and costs nothing in dictionaries.
    if TYPE_CHECKING:

        def __hash__(self) -> int: ...
    else:
        __hash__ = object.__hash__

    def __reduce_ex__(self, protocol: object) -> tuple[object, ...]:
        return type(self).kept, (self.name,)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self


class Ranked(Vocabulary):
    """A vocabulary in rising order; unknown words rank equal, above all known ones."""

    @property
    def rank(self) -> int:
        """Position in the order, from 0."""
        names = list(type(self).__members__)
        return names.index(self.name) if self.is_known else len(names)

    def __lt__(self, other: Self) -> bool:
        if type(other) is type(self):
            return self.rank < other.rank
        return NotImplemented

    def __le__(self, other: Self) -> bool:
        if type(other) is type(self):
            return self.rank <= other.rank
        return NotImplemented

    def __gt__(self, other: Self) -> bool:
        if type(other) is type(self):
            return self.rank > other.rank
        return NotImplemented

    def __ge__(self, other: Self) -> bool:
        if type(other) is type(self):
            return self.rank >= other.rank
        return NotImplemented


class Status(Ranked):
    """How a component is, from best to worst.

    >>> Status.OK < Status.CRITICAL
    True
    """

    OK = "OK"
    WARN = "WARN"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"

    @classmethod
    def worst(cls, statuses: Iterable[Status]) -> Status:
        """The worst of some statuses.

        Args:
            statuses: At least one; of several equally bad ones the first is returned.

        Raises:
            ValueError: There are none.

        >>> Status.worst([Status.OK, Status.ERROR, Status.WARN])
        <Status.ERROR: 'ERROR'>
        """
        given = tuple(statuses)
        if not given:
            raise ValueError("the worst of no statuses does not exist: give at least one")
        return max(given, key=lambda status: status.rank)


class StatusMessageType(Vocabulary):
    """What a branch of the tree is about."""

    COMPONENT = "COMPONENT"
    """The component itself."""
    EXTERNAL_DEPENDENCY = "EXTERNAL_DEPENDENCY"
    """An outside entity that it relies on."""
    DATAFLOW_INBOUND = "DATAFLOW_INBOUND"
    """Data that it receives."""
    DATAFLOW_OUTBOUND = "DATAFLOW_OUTBOUND"
    """Data that it provides."""
    CLUSTER_NODE = "CLUSTER_NODE"
    """Its cluster and the nodes of it."""


class ComponentType(Vocabulary):
    """Which of the three kinds a component is."""

    GENERAL = "GENERAL"
    MAJOR = "MAJOR"
    MAJOR_EXTERNAL = "MAJOR_EXTERNAL"


class ActionImportance(Ranked):
    """How urgent the action of a note is, from least to most."""

    NONE = "NONE"
    """Information only."""
    LOW = "LOW"
    """When convenient."""
    MEDIUM = "MEDIUM"
    """This working day."""
    HIGH = "HIGH"
    """As soon as possible."""
    URGENT = "URGENT"
    """Wake someone up."""


# What may stand for a word where one is given; other texts than these go through the class.
StatusLike: TypeAlias = Status | Literal["OK", "WARN", "ERROR", "CRITICAL"]
StatusMessageTypeLike: TypeAlias = (
    StatusMessageType
    | Literal[
        "COMPONENT", "EXTERNAL_DEPENDENCY", "DATAFLOW_INBOUND", "DATAFLOW_OUTBOUND", "CLUSTER_NODE"
    ]
)
ActionImportanceLike: TypeAlias = (
    ActionImportance | Literal["NONE", "LOW", "MEDIUM", "HIGH", "URGENT"]
)
