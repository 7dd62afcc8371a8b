"""Reading the messages that nearly all are: complete, without unknown keys, nulls or names.

Only the fast way lives here. It accepts a part of what `document` and `diagnosis` accept, with the
same result, and says nothing about the rest: None means "ask them".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from csm.catalogue import MajorComponentType, MajorExternalComponentType
from csm.codec.values import Json
from csm.component import (
    Component,
    ComponentDraft,
    GeneralComponent,
    MajorComponent,
    MajorExternalComponent,
)
from csm.extra import NO_EXTRA
from csm.message import MessageDraft, StatusMessage
from csm.note import Note, NoteDraft
from csm.timestamps import iso_texts, new_iso_text
from csm.vocabulary import ActionImportance, Status, StatusMessageType

STATUSES: Mapping[str, Status] = dict(Status.__members__)
MESSAGE_TYPES: Mapping[str, StatusMessageType] = dict(StatusMessageType.__members__)
IMPORTANCES: Mapping[str, ActionImportance] = dict(ActionImportance.__members__)
# Not copies: a name is known from its registration on.
_MAJORS = MajorComponentType.listing
_EXTERNALS = MajorExternalComponentType.listing
COMPONENT = StatusMessageType.COMPONENT

_SURROGATE = {b"ud", b"uD"}


class NotPlain(Exception):  # noqa: N818  # a signal inside this package, no error
    """The message is not one of the simple ones."""


SIGNALS = (NotPlain, LookupError, TypeError, AttributeError, ValueError, ArithmeticError)


class Progress:
    """How far a reading came: what a second look need not look at again."""

    __slots__ = ("made", "order", "parents", "strings")

    def __init__(self, root: Json) -> None:
        self.order: list[Json] = [root]
        """The messages met, breadth first."""
        self.made: list[Any] = []
        """What was made of them; the last one not completely where the reading ended early."""
        self.parents: list[tuple[Any, int, int]] = []
        """Those with messages below: the draft, the position of the first below, their number."""
        self.strings: int = 0
        """The strings, keys included, in all messages but the last."""

    def last_indexes(self) -> list[int]:
        """The indexes in the lists of sub-statuses that lead from the root to the last message."""
        indexes: list[int] = []
        position = len(self.made) - 1
        for message, first, count in reversed(self.parents):
            if first <= position < first + count:
                indexes.append(position - first)
                position = next(i for i, made in enumerate(self.made) if made is message)
        indexes.reverse()
        return indexes


def is_plain(message: StatusMessage, data: bytes, strings: int, max_depth: int) -> bool:
    """Whether a message that was read is all that the text says, and not too deep."""
    return message.height <= max_depth and not has_surprises(data, strings)


def has_surprises(data: bytes, strings: int) -> bool:
    """Whether a text has more strings than what was read from it, or may have a lone surrogate.

    Of a key that stands twice only the last value can be read, but the quotes of both are there.
    """
    quotes = data.count(b'"')  # twice as fast as in a str
    if b"\\" in data:
        pieces = iter(data.split(b"\\"))
        next(pieces)
        for escaped in pieces:
            if not escaped:
                next(pieces)  # an escaped backslash: what comes next is not escaped
            elif escaped[:2] in _SURROGATE:
                return True
            elif escaped[:1] == b'"':
                quotes -= 1
    return quotes != 2 * strings


def read(progress: Progress) -> StatusMessage | None:  # noqa: C901  # calls are what costs here
    """The message of a decoded text, if it is one of the simple ones; None as soon as it is not."""
    # This loop sees every message, so it calls nothing that it can say itself. It goes breadth
    # first: the messages below one stand together, and nothing recurses.
    strings = 0
    order, made, parents = progress.order, progress.made, progress.parents
    try:
        for node in order:
            progress.strings = strings
            message: Any = MessageDraft()
            made.append(message)
            component = node["component"]
            message.component = _component(component)
            message.status = STATUSES[node["status"]]
            message.epoch_seconds_timestamp = epoch = node["epochSecondsTimestamp"]
            message.iso8601_utc_timestamp = iso = node["iso8601UtcTimestamp"]
            if type(epoch) is not int or iso != (iso_texts.get(epoch) or new_iso_text(epoch)):
                return None
            message.notes = message.sub_statuses = ()
            message.extra = NO_EXTRA
            message.height = 1
            size = len(node)
            strings += size + 2 + 2 * len(component)
            if "statusMessageType" in node:
                message.status_message_type = MESSAGE_TYPES[node["statusMessageType"]]
                strings += 1
                known = 5
            else:
                message.status_message_type = COMPONENT
                known = 4
            if known == size:
                message.__class__ = StatusMessage
                continue
            if "notes" in node:
                notes = _array(node["notes"])
                message.notes = tuple([_note(note) for note in notes])
                for note in notes:
                    strings += 2 * len(note)
                known += 1
            if "subStatuses" not in node:
                message.__class__ = StatusMessage
                if known != size:
                    return None
            elif known + 1 == size:
                below = _array(node["subStatuses"])
                parents.append((message, len(order), len(below)))
                order += below
            else:
                return None
    except SIGNALS:
        return None
    progress.strings = strings
    finish_parents(made, parents)
    root: StatusMessage = made[0]
    return root


def finish_parents(made: list[Any], parents: list[tuple[Any, int, int]]) -> None:
    """Give every parent the messages below it, the deepest parents first.

    Args:
        made: All messages, breadth first.
        parents: Drafts of messages with the position of the first one below and their number.
    """
    for message, first, count in reversed(parents):
        message.sub_statuses = below = tuple(made[first : first + count])
        height = 0
        for child in below:
            height = max(height, child.height)
        message.height = height + 1
        message.__class__ = StatusMessage


def _array(value: Json) -> Json:
    if type(value) is list:
        return cast("Json", value)
    raise NotPlain


def _component(value: Json) -> Component:  # noqa: C901, PLR0912  # calls are what costs here
    made: Any = ComponentDraft()
    name = value["componentName"]
    kind = value["componentType"]
    if kind == "GENERAL":
        if type(name) is not str or not name:
            raise NotPlain
        made.component_name = name
        cls: type[Component] = GeneralComponent
    elif kind == "MAJOR":
        made.component_name = _MAJORS[name]
        cls = MajorComponent
    elif kind == "MAJOR_EXTERNAL":
        made.component_name = _EXTERNALS[name]
        cls = MajorExternalComponent
    else:
        raise NotPlain
    made.secondary_id = made.tertiary_id = made.quaternary_id = None
    known = 2
    if "secondaryId" in value:
        made.secondary_id = text = value["secondaryId"]
        if type(text) is not str:
            raise NotPlain
        known = 3
    if known < len(value):
        if "tertiaryId" in value:
            made.tertiary_id = text = value["tertiaryId"]
            if type(text) is not str:
                raise NotPlain
            known += 1
        if "quaternaryId" in value:
            made.quaternary_id = text = value["quaternaryId"]
            if type(text) is not str:
                raise NotPlain
            known += 1
        if known != len(value):
            raise NotPlain
    made.extra = NO_EXTRA
    made.__class__ = cls
    component: Component = made
    return component


def _note(value: Json) -> Note:  # noqa: C901  # calls are what costs here
    made: Any = NoteDraft()
    made.title = text = value["title"]
    made.action_importance = IMPORTANCES[value["actionImportance"]]
    if type(text) is not str or not text:
        raise NotPlain
    made.detail = made.data = made.data_deserialization_key = made.action_to_take = None
    known = 2
    if "detail" in value:
        made.detail = text = value["detail"]
        if type(text) is not str:
            raise NotPlain
        known = 3
    if "actionToTake" in value:
        made.action_to_take = text = value["actionToTake"]
        if type(text) is not str:
            raise NotPlain
        known += 1
    if known < len(value):
        if "data" in value:
            made.data = text = value["data"]
            if type(text) is not str:
                raise NotPlain
            known += 1
        if "dataDeserializationKey" in value:
            made.data_deserialization_key = text = value["dataDeserializationKey"]
            if type(text) is not str:
                raise NotPlain
            known += 1
        if known != len(value):
            raise NotPlain
    made.extra = NO_EXTRA
    made.__class__ = Note
    note: Note = made
    return note
