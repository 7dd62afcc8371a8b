"""Reading the messages that nearly all are: complete, without unknown keys, nulls or names.

Only the fast way lives here. It accepts a part of what `document` and `diagnosis` accept, with the same result,
and says nothing about the rest: None means "ask them".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from json import JSONDecoder
from typing import Any

from csm.catalogue import MajorComponentType, MajorExternalComponentType
from csm.component import (
    Component,
    GeneralComponent,
    MajorComponent,
    MajorExternalComponent,
    new_component,
)
from csm.extra import NO_EXTRA
from csm.message import Note, StatusMessage, new_message, new_note
from csm.timestamps import in_range, iso_from_epoch
from csm.vocabulary import ActionImportance, Status, StatusMessageType

_STATUSES: Mapping[str, Status] = dict(Status.__members__)
_MESSAGE_TYPES: Mapping[str, StatusMessageType] = dict(StatusMessageType.__members__)
_IMPORTANCES: Mapping[str, ActionImportance] = dict(ActionImportance.__members__)
_COMPONENT_TYPE = StatusMessageType.COMPONENT

_decode = JSONDecoder().decode
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class NotPlain(Exception):  # noqa: N818  # a signal inside this package, no error
    """The message is not one of the simple ones."""


_SIGNALS = (NotPlain, LookupError, TypeError, AttributeError)


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
        quotes -= text.replace("\\\\", "").count('\\"')
        if _SURROGATE_ESCAPE.search(text):
            return True
    return quotes != 2 * strings


def read(root: Any) -> tuple[StatusMessage, int]:
    """The message of a decoded text, and the number of strings in it, keys included.

    Raises:
        NotPlain: It is not one of the simple ones; for the same reason also the exceptions that
            Python's own look-ups raise.
    """
    # Breadth first, and back again: the messages below one stand together, and nothing recurses.
    strings = 0
    order = [root]
    rows: list[tuple[Any, ...]] = []
    for node in order:
        kind_name = node.get("statusMessageType")
        notes = node.get("notes")
        below = node.get("subStatuses")
        status = _STATUSES[node["status"]]
        epoch = node["epochSecondsTimestamp"]
        if type(epoch) is not int or not in_range(epoch):
            raise NotPlain
        if iso_from_epoch(epoch) != node["iso8601UtcTimestamp"]:
            raise NotPlain
        component = node["component"]
        known = 4
        strings += len(node) + 2 + 2 * len(component)
        kind = _COMPONENT_TYPE
        if kind_name is not None:
            kind = _MESSAGE_TYPES[kind_name]
            known += 1
            strings += 1
        made_notes: tuple[Note, ...] = ()
        if notes is not None:
            if type(notes) is not list:
                raise NotPlain
            made_notes = tuple([_note(note) for note in notes])
            strings += 2 * sum([len(note) for note in notes])
            known += 1
        count = 0
        if below is not None:
            if type(below) is not list:
                raise NotPlain
            order += below
            count = len(below)
            known += 1
        if known != len(node):
            raise NotPlain
        rows.append((_component(component), kind, status, epoch, made_notes, count))
    return _joined(rows), strings


def _joined(rows: list[tuple[Any, ...]]) -> StatusMessage:
    made: list[StatusMessage] = []
    first = 0
    for component, kind, status, epoch, notes, count in reversed(rows):
        below: tuple[StatusMessage, ...] = ()
        if count:
            below = tuple(made[first : first + count][::-1])
            first += count
        made.append(new_message(component, kind, status, epoch, notes, below, NO_EXTRA))
    return made[-1]


def _text(value: Any) -> str:
    if type(value) is not str:
        raise NotPlain
    return value


def _filled(value: Any) -> str:
    if type(value) is not str or not value:
        raise NotPlain
    return value


def _component(value: Any) -> Component:
    kind = value["componentType"]
    name = value["componentName"]
    count = len(value)
    secondary_id = tertiary_id = quaternary_id = None
    if count > 2:
        secondary_id = value.get("secondaryId")
        tertiary_id = value.get("tertiaryId")
        quaternary_id = value.get("quaternaryId")
        for given in (secondary_id, tertiary_id, quaternary_id):
            if given is not None:
                _text(given)
                count -= 1
        if count != 2:
            raise NotPlain
    if kind == "MAJOR":
        member = MajorComponentType.__members__[name]
        return new_component(
            MajorComponent, member, secondary_id, tertiary_id, quaternary_id, NO_EXTRA
        )
    if kind == "GENERAL":
        _filled(name)
        return new_component(
            GeneralComponent, name, secondary_id, tertiary_id, quaternary_id, NO_EXTRA
        )
    if kind != "MAJOR_EXTERNAL":
        raise NotPlain
    outside = MajorExternalComponentType.__members__[name]
    return new_component(
        MajorExternalComponent, outside, secondary_id, tertiary_id, quaternary_id, NO_EXTRA
    )


def _note(value: Any) -> Note:
    get = value.get
    texts = [get("detail"), get("data"), get("dataDeserializationKey"), get("actionToTake")]
    count = 2
    for given in texts:
        if given is not None:
            _text(given)
            count += 1
    if count != len(value):
        raise NotPlain
    importance = _IMPORTANCES[value["actionImportance"]]
    return new_note(_filled(value["title"]), importance, *texts, NO_EXTRA)
