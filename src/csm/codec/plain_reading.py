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
from csm.component import (
    Component,
    ComponentDraft,
    GeneralComponent,
    MajorComponent,
    MajorExternalComponent,
)
from csm.extra import NO_EXTRA
from csm.message import MessageDraft, Note, NoteDraft, StatusMessage
from csm.timestamps import iso_from_epoch, iso_texts
from csm.vocabulary import ActionImportance, Status, StatusMessageType

_STATUSES: Mapping[str, Status] = dict(Status.__members__)
_MESSAGE_TYPES: Mapping[str, StatusMessageType] = dict(StatusMessageType.__members__)
_IMPORTANCES: Mapping[str, ActionImportance] = dict(ActionImportance.__members__)
# Not copies: a name is known from its registration on.
_MAJORS = MajorComponentType.listing
_EXTERNALS = MajorExternalComponentType.listing
_COMPONENT_TYPE = StatusMessageType.COMPONENT

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
    made: list[Any] = []
    parents: list[tuple[Any, int, int]] = []
    for node in order:
        message = MessageDraft()
        message.component = _component(node["component"])
        message.status = _STATUSES[node["status"]]
        message.epoch_seconds_timestamp = epoch = node["epochSecondsTimestamp"]
        message.iso8601_utc_timestamp = iso = node["iso8601UtcTimestamp"]
        if type(epoch) is not int or iso != (iso_texts.get(epoch) or iso_from_epoch(epoch)):
            raise NotPlain
        message.extra = NO_EXTRA
        known = 4
        strings += 2 + len(node) + 2 * len(node["component"])
        if "statusMessageType" in node:
            message.status_message_type = _MESSAGE_TYPES[node["statusMessageType"]]
            known = 5
            strings += 1
        else:
            message.status_message_type = _COMPONENT_TYPE
        if "notes" in node:
            known += 1
            message.notes = tuple([_note(note) for note in _array(node["notes"])])
            for note in node["notes"]:
                strings += 2 * len(note)
        else:
            message.notes = ()
        made.append(message)
        if "subStatuses" in node:
            known += 1
            below = _array(node["subStatuses"])
            parents.append((message, len(order), len(below)))
            order += below
        else:
            message.sub_statuses = ()
            message.height = 1
            message.__class__ = StatusMessage
        if known != len(node):
            raise NotPlain
    for message, first, count in reversed(parents):
        message.sub_statuses = below = tuple(made[first : first + count])
        message.height = 1 + max([child.height for child in below], default=0)
        message.__class__ = StatusMessage
    return made[0], strings


def _array(value: Json) -> Json:
    if type(value) is not list:
        raise NotPlain
    return value


def _component(value: Json) -> Component:
    made = ComponentDraft()
    name = value["componentName"]
    kind = value["componentType"]
    if kind == "GENERAL":
        made.component_name = _filled(name)
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
        made.secondary_id = _text(value["secondaryId"])
        known = 3
    if known < len(value):
        if "tertiaryId" in value:
            made.tertiary_id = _text(value["tertiaryId"])
            known += 1
        if "quaternaryId" in value:
            made.quaternary_id = _text(value["quaternaryId"])
            known += 1
        if known != len(value):
            raise NotPlain
    made.extra = NO_EXTRA
    made.__class__ = cls
    component: Component = made
    return component


def _note(value: Json) -> Note:
    made = NoteDraft()
    made.title = _filled(value["title"])
    made.action_importance = _IMPORTANCES[value["actionImportance"]]
    made.detail = made.data = made.data_deserialization_key = made.action_to_take = None
    known = 2
    if "detail" in value:
        made.detail = _text(value["detail"])
        known = 3
    if "actionToTake" in value:
        made.action_to_take = _text(value["actionToTake"])
        known += 1
    if known < len(value):
        if "data" in value:
            made.data = _text(value["data"])
            known += 1
        if "dataDeserializationKey" in value:
            made.data_deserialization_key = _text(value["dataDeserializationKey"])
            known += 1
        if known != len(value):
            raise NotPlain
    made.extra = NO_EXTRA
    made.__class__ = Note
    note: Note = made
    return note


def _text(value: Json) -> Json:
    if type(value) is not str:
        raise NotPlain
    return value


def _filled(value: Json) -> Json:
    if type(value) is not str or not value:
        raise NotPlain
    return value
