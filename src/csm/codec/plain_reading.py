"""Reading the messages that nearly all are: complete, without unknown keys, nulls or names.

Only the fast way lives here. It accepts a part of what `document` and `diagnosis` accept, with the
same result, and says nothing about the rest: None means "ask them".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from json import JSONDecoder
from typing import Any

from csm.catalogue import MajorComponentType, MajorExternalComponentType
from csm.codec.document import Json
from csm.component import DRAFTS, Component
from csm.extra import NO_EXTRA
from csm.message import MessageDraft, Note, NoteDraft, StatusMessage
from csm.timestamps import iso_from_epoch
from csm.vocabulary import ActionImportance, Status, StatusMessageType

_STATUSES: Mapping[str, Status] = dict(Status.__members__)
_MESSAGE_TYPES: Mapping[str, StatusMessageType] = dict(StatusMessageType.__members__)
_IMPORTANCES: Mapping[str, ActionImportance] = dict(ActionImportance.__members__)
# Live views: a name is known from its registration on.
_MAJORS = MajorComponentType.__members__
_EXTERNALS = MajorExternalComponentType.__members__
_COMPONENT_TYPE = StatusMessageType.COMPONENT
_COMPONENTS = {kind.component_type.name: (kind, draft) for kind, draft in DRAFTS.items()}

_decode = JSONDecoder().decode
_ESCAPES = re.compile(r"\\(u[dD]|.)")


class NotPlain(Exception):  # noqa: N818  # a signal inside this package, no error
    """The message is not one of the simple ones."""


_SIGNALS = (NotPlain, LookupError, TypeError, AttributeError, ValueError, ArithmeticError)


def plain_message(text: str, max_depth: int) -> StatusMessage | None:
    """The message of a text, if it is one of the simple ones."""
    try:
        root = _decode(text)
    except (ValueError, RecursionError):
        return None
    try:
        message, strings = read(root)
    except _SIGNALS:
        return None
    if message.height > max_depth or has_surprises(text, strings):
        return None
    return message


def has_surprises(text: str, strings: int) -> bool:
    """Whether a text has more strings than what was read from it, or may have a lone surrogate.

    Of a key that stands twice only the last value can be read, but the quotes of both are there.
    """
    quotes = text.count('"')
    if "\\" in text:
        escapes = _ESCAPES.findall(text)
        if "ud" in escapes or "uD" in escapes:
            return True
        quotes -= escapes.count('"')
    return quotes != 2 * strings


def read(root: Json) -> tuple[StatusMessage, int]:
    """The message of a decoded text, and the number of strings in it, keys included.

    Raises:
        NotPlain: It is not one of the simple ones; for the same reason also the exceptions that
            Python's own look-ups raise.
    """
    # This loop sees every message, so it calls nothing that it can say itself. It goes breadth
    # first: the messages below one stand together, and nothing recurses.
    strings = 0
    order = [root]
    rows: list[tuple[Any, ...]] = []
    for node in order:
        get = node.get
        component = node["component"]
        epoch = node["epochSecondsTimestamp"]
        iso = node["iso8601UtcTimestamp"]
        if type(epoch) is not int or iso != iso_from_epoch(epoch):
            raise NotPlain
        known = 4
        strings += 2 + len(node) + 2 * len(component)
        kind = get("statusMessageType")
        if kind is None:
            kind = _COMPONENT_TYPE
        else:
            kind = _MESSAGE_TYPES[kind]
            known = 5
            strings += 1
        notes: Json = get("notes")
        if notes is None:
            notes = ()
        else:
            known += 1
            _array(notes)
            for note in notes:
                strings += 2 * len(note)
            notes = tuple(map(_note, notes))
        below: Json = get("subStatuses")
        count = 0
        if below is not None:
            _array(below)
            order += below
            count = len(below)
            known += 1
        if known != len(node):
            raise NotPlain
        rows.append(
            (_component(component), kind, _STATUSES[node["status"]], epoch, iso, notes, count)
        )
    return _joined(rows), strings


def _array(value: object) -> None:
    if type(value) is not list:
        raise NotPlain


def _joined(rows: list[tuple[Any, ...]]) -> StatusMessage:
    made: list[StatusMessage] = []
    first = 0
    rows.reverse()
    for component, kind, status, epoch, iso, notes, count in rows:
        message = MessageDraft()
        message.component = component
        message.status_message_type = kind
        message.status = status
        message.epoch_seconds_timestamp = epoch
        message.iso8601_utc_timestamp = iso
        message.notes = notes
        message.extra = NO_EXTRA
        if count:
            below = made[first : first + count]
            below.reverse()
            first += count
            message.sub_statuses = tuple(below)
            message.height = 1 + max([child.height for child in below])
        else:
            message.sub_statuses = ()
            message.height = 1
        message.__class__ = StatusMessage
        made.append(message)
    return made[-1]


def _component(value: Json) -> Component:
    kind = value["componentType"]
    name = value["componentName"]
    if kind == "MAJOR":
        name = _MAJORS[name]
    elif kind == "MAJOR_EXTERNAL":
        name = _EXTERNALS[name]
    elif not (type(name) is str and name):
        raise NotPlain
    cls, draft = _COMPONENTS[kind]
    made = draft()
    made.component_name = name
    made.extra = NO_EXTRA
    if len(value) == 2:
        made.secondary_id = made.tertiary_id = made.quaternary_id = None
    else:
        made.secondary_id = value.get("secondaryId")
        made.tertiary_id = value.get("tertiaryId")
        made.quaternary_id = value.get("quaternaryId")
        if 2 + _texts(made.secondary_id, made.tertiary_id, made.quaternary_id) != len(value):
            raise NotPlain
    made.__class__ = cls
    component: Component = made
    return component


def _note(value: Json) -> Note:
    get = value.get
    made = NoteDraft()
    made.title = title = value["title"]
    made.action_importance = _IMPORTANCES[value["actionImportance"]]
    made.detail = detail = get("detail")
    made.data = data = get("data")
    made.data_deserialization_key = key = get("dataDeserializationKey")
    made.action_to_take = action = get("actionToTake")
    made.extra = NO_EXTRA
    if not (type(title) is str and title) or 2 + _texts(detail, data, key, action) != len(value):
        raise NotPlain
    made.__class__ = Note
    note: Note = made
    return note


def _texts(*values: Json) -> int:
    """How many of some optional texts are there."""
    count = 0
    for value in values:
        if type(value) is str:
            count += 1
        elif value is not None:
            raise NotPlain
    return count
