"""The status message: its fields, its rules, and methods that lead to the rest of the package.

Only the message and its invariants live here; no JSON. What is done with a tree is in `tree`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from math import floor, isfinite
from typing import Any, TypedDict, Unpack, cast, final

import attrs

from csm import tree
from csm.catalogue import MajorComponentType, MajorExternalComponentType
from csm.component import COMPONENT_KINDS, Component
from csm.construction import (
    MAX_DEPTH,
    MISSING,
    Arguments,
    Builder,
    Making,
    argument,
    built,
    reports_missing,
    sequence,
    word,
)
from csm.errors import excerpt_of
from csm.extra import NO_EXTRA, JsonValue, checked_extra
from csm.note import Note
from csm.paths import json_key, member_path
from csm.timestamps import (
    datetime_from_epoch,
    epoch_from_datetime,
    epoch_from_iso,
    in_range,
    iso_from_epoch,
    iso_texts,
    new_iso_text,
)
from csm.value import Draft, Value, all_are, changed, construct, shown
from csm.vocabulary import Status, StatusLike, StatusMessageType, StatusMessageTypeLike

_NONE: tuple[()] = ()  # there is but one empty tuple
_STATUSES = dict(Status.__members__)
_MESSAGE_TYPES = dict(StatusMessageType.__members__)


class _MessageChanges(TypedDict, total=False):
    component: Component | Builder[Component]
    status_message_type: StatusMessageTypeLike
    status: StatusLike
    epoch_seconds_timestamp: int | None
    iso8601_utc_timestamp: str | None
    timestamp: datetime | None
    notes: Sequence[Note | Builder[Note]]
    sub_statuses: Sequence[StatusMessage | Builder[StatusMessage]]
    extra: Mapping[str, JsonValue]


class MessageDraft(Draft):
    """The fields of a message."""

    __slots__ = (
        "component",
        "epoch_seconds_timestamp",
        "extra",
        "height",
        "iso8601_utc_timestamp",
        "notes",
        "status",
        "status_message_type",
        "sub_statuses",
    )


@final
@attrs.frozen(init=False, repr=False, eq=False)
class StatusMessage(MessageDraft, Value):
    """The status of one component, and of everything below it.

    Where no time is given, it is now; where one form is given, the other follows from it.

    Args:
        component: Who or what this is about.
        status_message_type: What this branch is about.
        status: How the component is.
        epoch_seconds_timestamp: Whole seconds since 1970-01-01T00:00:00Z, in the years 1 to 9999.
        iso8601_utc_timestamp: An RFC 3339 date-time; floored to whole seconds, in UTC.
        timestamp: An aware datetime.
        notes: What there is to say about the status.
        sub_statuses: The messages below this one; at most 100 levels, this one included.
        extra: Unknown keys to go with it.

    Raises:
        CsmValidationError: An argument is missing or wrong.

    >>> from csm.component import MajorComponent
    >>> sia = MajorComponent(component_name="SIA")
    >>> StatusMessage(component=sia, epoch_seconds_timestamp=1437064108).iso8601_utc_timestamp
    '2015-07-16T16:28:28Z'
    """

    component: Component
    status_message_type: StatusMessageType
    status: Status
    epoch_seconds_timestamp: int
    iso8601_utc_timestamp: str
    notes: tuple[Note, ...]
    sub_statuses: tuple[StatusMessage, ...]
    extra: Mapping[str, JsonValue]
    height: int = attrs.field(init=False)
    """Levels of messages from here down; 1 for a message without any below it."""

    @reports_missing("component")
    def __new__(  # noqa: PLR0913  # one keyword per field, and the third form of the time
        cls,
        *,
        component: Component | Builder[Component],
        status_message_type: StatusMessageTypeLike = StatusMessageType.COMPONENT,
        status: StatusLike = Status.OK,
        epoch_seconds_timestamp: int | None = None,
        iso8601_utc_timestamp: str | None = None,
        timestamp: datetime | None = None,
        notes: Sequence[Note | Builder[Note]] = (),
        sub_statuses: Sequence[StatusMessage | Builder[StatusMessage]] = (),
        extra: Mapping[str, JsonValue] = NO_EXTRA,
    ) -> StatusMessage:
        """See the class."""
        kind: StatusMessageType | str | None = status_message_type
        if type(kind) is not StatusMessageType:
            kind = _MESSAGE_TYPES.get(kind) if type(kind) is str else None
        how: Status | str | None = status
        if type(how) is not Status:
            how = _STATUSES.get(how) if type(how) is str else None
        epoch = epoch_seconds_timestamp
        if epoch is None:
            epoch = floor(time.time())
        if (
            type(component) in COMPONENT_KINDS
            and kind is not None
            and how is not None
            and type(epoch) is int
            and (iso := iso_texts.get(epoch) or (new_iso_text(epoch) if in_range(epoch) else ""))
            and iso8601_utc_timestamp is None
            and timestamp is None
            and extra is NO_EXTRA
            and (notes is _NONE or all_are(Note, notes))
            and 0
            < (height := 1 if sub_statuses is _NONE else _height_over(sub_statuses))
            <= MAX_DEPTH
        ):
            made: Any = MessageDraft()
            made.component = component
            made.status_message_type = kind
            made.status = how
            made.epoch_seconds_timestamp = epoch
            made.iso8601_utc_timestamp = iso
            made.notes = tuple(notes) if notes else _NONE
            made.sub_statuses = tuple(sub_statuses) if sub_statuses else _NONE
            made.extra = NO_EXTRA
            made.height = height
            made.__class__ = StatusMessage
            message: StatusMessage = made
            return message
        arguments: Arguments = {
            "component": component,
            "status_message_type": status_message_type,
            "status": status,
            "epoch_seconds_timestamp": epoch_seconds_timestamp,
            "iso8601_utc_timestamp": iso8601_utc_timestamp,
            "timestamp": timestamp,
            "notes": notes,
            "sub_statuses": sub_statuses,
            "extra": extra,
        }
        return construct(message_from, arguments)

    @property
    def timestamp(self) -> datetime:
        """The time as an aware datetime, in UTC."""
        return datetime_from_epoch(self.epoch_seconds_timestamp)

    def replace(self, **changes: Unpack[_MessageChanges]) -> StatusMessage:
        """A copy with other values; arguments as in the constructor.

        A new time, given in one form, replaces both.
        """
        arguments = changed(self, changes)
        if any(changes.get(name) is not None for name in _TIMES):
            arguments |= {name: changes.get(name) for name in _TIMES}
        return StatusMessage(**arguments)

    __replace__ = replace

    def walk(self) -> Iterator[tuple[tuple[Component, ...], StatusMessage]]:
        """Every message of the tree, depth first, with the components on the way to it."""
        return tree.walk(self)

    def find(
        self,
        *,
        component: Component | None = None,
        name: str | MajorComponentType | MajorExternalComponentType | None = None,
        status_at_least: StatusLike | None = None,
    ) -> StatusMessage | None:
        """The first message that meets every condition given, or None; see `find_all`."""
        return tree.find(self, component=component, name=name, status_at_least=status_at_least)

    def find_all(
        self,
        *,
        component: Component | None = None,
        name: str | MajorComponentType | MajorExternalComponentType | None = None,
        status_at_least: StatusLike | None = None,
    ) -> Iterator[StatusMessage]:
        """The messages that meet every condition given, depth first.

        Args:
            component: The component is this one.
            name: The component has this name.
            status_at_least: The status is this one or a worse one.
        """
        return tree.find_all(self, component=component, name=name, status_at_least=status_at_least)

    def worst(self) -> Status:
        """The worst status in the tree."""
        return tree.worst(self)

    def rolled_up(self) -> StatusMessage:
        """A copy in which no message has a better status than those below it."""
        return tree.rolled_up(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StatusMessage):
            return NotImplemented
        # Without recursion: a message of full depth is comparable wherever it can be built.
        pairs: list[tuple[StatusMessage, StatusMessage]] = [(self, other)]
        while pairs:
            one, another = pairs.pop()
            if one is another:
                continue
            if _own_fields(one) != _own_fields(another) or one.extra != another.extra:
                return False
            pairs.extend(zip(one.sub_statuses, another.sub_statuses, strict=True))
        return True

    def __hash__(self) -> int:
        return hash((_own_fields(self), self.extra, self.sub_statuses))

    def __repr__(self) -> str:
        # Without recursion, too. A walk backwards meets every message after those below it.
        texts: list[str] = []
        for _, node in reversed(list(tree.walk(self))):
            count = len(node.sub_statuses)
            below = texts[len(texts) - count :]
            del texts[len(texts) - count :]
            texts.append(shown(node, {"sub_statuses": below[::-1]}))
        return texts[0]

    def __reduce__(self) -> tuple[object, ...]:
        return unflattened, (flattened(self),)


def _height_over(messages: object) -> int:
    """The height of a message over some others; 0 where not all of them are messages in a list."""
    if type(messages) is not list and type(messages) is not tuple:
        return 0
    height = 1
    for message in cast("list[object]", messages):
        if type(message) is not StatusMessage:
            return 0
        if message.height >= height:
            height = message.height + 1
    return height


_TIMES = ("epoch_seconds_timestamp", "iso8601_utc_timestamp", "timestamp")
_MESSAGE_KEYS = frozenset(
    map(
        json_key,
        ("component", "status_message_type", "status", *_TIMES[:2], "notes", "sub_statuses"),
    )
)


def _own_fields(message: StatusMessage) -> tuple[object, ...]:
    return (
        message.component,
        message.status_message_type,
        message.status,
        message.epoch_seconds_timestamp,
        message.notes,
        len(message.sub_statuses),
    )


def flattened(message: StatusMessage) -> list[tuple[object, ...]]:
    """Every message of a tree as its own fields and the number of those below it, the last first.

    Pickle goes four frames deep for each level that it has to follow; so it gets none to follow.
    """
    rows: list[tuple[object, ...]] = []
    waiting = [message]
    while waiting:
        here = waiting.pop()
        waiting.extend(here.sub_statuses)
        own = (here.component, here.status_message_type, here.status, here.epoch_seconds_timestamp)
        rows.append((*own, here.notes, here.extra, len(here.sub_statuses)))
    rows.reverse()
    return rows


def unflattened(rows: list[tuple[Any, ...]]) -> StatusMessage:
    """The message whose parts `flattened` listed."""
    made: list[StatusMessage] = []
    for component, kind, status, epoch, notes, extra, count in rows:
        first = len(made) - count
        below = tuple(made[first:])
        del made[first:]
        made.append(new_message(component, kind, status, epoch, notes, below, extra))
    return made[0]


def new_message(
    component: Component,
    kind: StatusMessageType,
    status: Status,
    epoch: int,
    notes: tuple[Note, ...],
    below: tuple[StatusMessage, ...],
    extra: Mapping[str, JsonValue],
) -> StatusMessage:
    """A message from fields that have been checked."""
    made: Any = MessageDraft()
    made.component = component
    made.status_message_type = kind
    made.status = status
    made.epoch_seconds_timestamp = epoch
    made.iso8601_utc_timestamp = iso_from_epoch(epoch)
    made.notes = notes
    made.sub_statuses = below
    made.extra = extra
    made.height = 1 + max([message.height for message in below], default=0)
    made.__class__ = StatusMessage
    message: StatusMessage = made
    return message


def message_from(arguments: Arguments, making: Making, path: str) -> StatusMessage | None:
    """The message that some arguments make; None when they have problems; see `Recipe`."""
    before = len(making.problems)
    component = _component(arguments, making, path)
    kind = word(StatusMessageType, "status_message_type", arguments, making, path)
    status = word(Status, "status", arguments, making, path)
    epoch = _time(arguments, making, path)
    notes = sequence(arguments, "notes", Note, making, path)
    below = sequence(arguments, "sub_statuses", StatusMessage, making, path)
    extra = checked_extra(arguments.get("extra", NO_EXTRA), _MESSAGE_KEYS, making.problems, path)
    if any(message.height >= MAX_DEPTH for message in below):
        making.problems.add(path, f"is more than {MAX_DEPTH} messages deep")
    if len(making.problems) > before or not (component and kind and status) or epoch is None:
        return None
    return new_message(component, kind, status, epoch, notes, below, extra)


def _component(arguments: Arguments, making: Making, path: str) -> Component | None:
    value = argument(arguments, "component", making, path)
    if value is MISSING:
        return None
    return built(value, Component, making, member_path(path, json_key("component")))


def _time(arguments: Arguments, making: Making, path: str) -> int | None:
    """The second that all forms given name; where none is given, now."""
    given = {name: arguments.get(name) for name in _TIMES if arguments.get(name) is not None}
    if not given:
        return _now(making, path)
    seconds: dict[str, int] = {}
    for name, value in given.items():
        read, expected = _FORMS[name]
        found = read(value)
        if found is None or not in_range(found):
            making.problems.add(member_path(path, json_key(name)), expected, excerpt_of(value))
        else:
            seconds[name] = found
    if len(set(seconds.values())) > 1:
        last = member_path(path, json_key(tuple(seconds)[-1]))
        named = " and ".join(
            f"{json_key(name)} {iso_from_epoch(at)}" for name, at in seconds.items()
        )
        making.problems.add(last, f"must name the same second: {named}")
    return next(iter(seconds.values()), None)


def _now(making: Making, path: str) -> int | None:
    reading = making.reading()
    seconds = _from_datetime(reading)
    if type(reading) is int or (isinstance(reading, float) and isfinite(reading)):
        seconds = floor(reading)
    if seconds is None or not in_range(seconds):
        place = member_path(path, json_key(_TIMES[0]))
        making.problems.add(place, "needs a clock that tells epoch seconds", excerpt_of(reading))
        return None
    return seconds


def _from_number(value: object) -> int | None:
    return value if type(value) is int else None


def _from_text(value: object) -> int | None:
    return epoch_from_iso(value) if isinstance(value, str) else None


def _from_datetime(value: object) -> int | None:
    return epoch_from_datetime(value) if isinstance(value, datetime) else None


_FORMS: Mapping[str, tuple[Callable[[object], int | None], str]] = {
    "epoch_seconds_timestamp": (
        _from_number,
        "must be a whole number of seconds since 1970, in the years 1 to 9999",
    ),
    "iso8601_utc_timestamp": (
        _from_text,
        "must be an RFC 3339 date-time with an offset, in the years 1 to 9999",
    ),
    "timestamp": (
        _from_datetime,
        "must be an aware datetime, one with a time zone, in the years 1 to 9999",
    ),
}
