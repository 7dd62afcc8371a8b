"""Writing a message with nothing but the standard library.

Only the way from objects to JSON text and to plain values lives here; a message is valid by its
existence, so nothing is checked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from json.encoder import encode_basestring as quoted
from operator import attrgetter
from typing import Any, TypeAlias

from csm.codec import keys
from csm.component import Component, GeneralComponent, MajorComponent, MajorExternalComponent
from csm.extra import NO_EXTRA, JsonValue
from csm.message import Note, StatusMessage
from csm.vocabulary import ActionImportance, Status, StatusMessageType

_Put: TypeAlias = Callable[[str], None]


def text_of(message: StatusMessage) -> str:
    """The JSON text of a message, in one line."""
    parts: list[str] = []
    _write(message, parts.append)
    parts.append("}")
    return "".join(parts)


# Appending small pieces beats putting them together, and a piece that opens an object also closes
# what came before it. One frame a level, so that a message of full depth can be written.
def _write(message: StatusMessage, put: _Put) -> None:
    """Put a message without its last brace."""
    put('{"component":')
    put(message.component.json_text or component_text(message.component))
    words = _WORDS.get((message.status_message_type, message.status)) or _words(message)
    put(
        f"{words}{message.epoch_seconds_timestamp}"
        f',"iso8601UtcTimestamp":"{message.iso8601_utc_timestamp}"'
    )
    if message.notes:
        before = ',"notes":[{"title":'
        for note in message.notes:
            put(before)
            _write_note(note, put)
            before = '},{"title":'
        put("}]")
    if message.sub_statuses:
        before = ',"subStatuses":['
        for below in message.sub_statuses:
            put(before)
            _write(below, put)
            before = "},"
        put("}]")
    if message.extra is not NO_EXTRA:
        _write_extra(message.extra, put)


# Of three classes in turn, the fields are read quicker from C than from Python.
_component_parts = attrgetter(
    "component_name", "secondary_id", "tertiary_id", "quaternary_id", "extra"
)


def component_text(component: Component) -> str:
    """The JSON text of a component, from now on in its `json_text`."""
    name, secondary_id, tertiary_id, quaternary_id, extra = _component_parts(component)
    text = _HEADS[type(component)] + quoted(name if type(name) is str else name.name)
    if secondary_id is not None:
        text += f',"secondaryId":{quoted(secondary_id)}'
    if tertiary_id is not None:
        text += f',"tertiaryId":{quoted(tertiary_id)}'
    if quaternary_id is not None:
        text += f',"quaternaryId":{quoted(quaternary_id)}'
    if extra:
        text += f",{extra_text(extra)[1:-1]}"
    text += "}"
    object.__setattr__(component, "json_text", text)
    return text


def _write_note(note: Note, put: _Put) -> None:
    """Put a note, from the value of its title, without its last brace."""
    put(quoted(note.title))
    importance = _IMPORTANCES.get(note.action_importance)
    put(importance or f',"actionImportance":{quoted(note.action_importance.name)}')
    if note.detail is not None:
        put(',"detail":' + quoted(note.detail))
    if note.data is not None:
        put(',"data":' + quoted(note.data))
    if note.data_deserialization_key is not None:
        put(',"dataDeserializationKey":' + quoted(note.data_deserialization_key))
    if note.action_to_take is not None:
        put(',"actionToTake":' + quoted(note.action_to_take))
    if note.extra is not NO_EXTRA:
        _write_extra(note.extra, put)


def _write_extra(extra: Mapping[str, JsonValue], put: _Put) -> None:
    if extra:
        put(f",{extra_text(extra)[1:-1]}")


def extra_text(extra: Mapping[str, JsonValue]) -> str:
    """The JSON text of unknown keys, as an object."""
    return json.dumps(dict(extra), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _words(message: StatusMessage) -> str:
    return _words_text(message.status_message_type.name, message.status.name)


def _words_text(kind: str, status: str) -> str:
    return f',"statusMessageType":{quoted(kind)},"status":{quoted(status)},"epochSecondsTimestamp":'


# What known words become; those that a reader kept are put together when they are met.
_HEADS: Mapping[type[Component], str] = {
    kind: f'{{"componentType":"{kind.component_type.name}","componentName":'
    for kind in (GeneralComponent, MajorComponent, MajorExternalComponent)
}
_WORDS: Mapping[tuple[StatusMessageType, Status], str] = {
    (kind, status): _words_text(kind.name, status.name)
    for kind in StatusMessageType
    for status in Status
}
_IMPORTANCES: Mapping[ActionImportance, str] = {
    importance: f',"actionImportance":{quoted(importance.name)}' for importance in ActionImportance
}


def plain_of(message: StatusMessage) -> dict[str, Any]:
    """A message as JSON keys and plain values."""
    plain: dict[str, Any] = {
        keys.COMPONENT: component_plain(message.component),
        keys.STATUS_MESSAGE_TYPE: message.status_message_type.name,
        keys.STATUS: message.status.name,
        keys.EPOCH: message.epoch_seconds_timestamp,
        keys.ISO: message.iso8601_utc_timestamp,
    }
    if message.notes:
        plain[keys.NOTES] = [note_plain(note) for note in message.notes]
    if message.sub_statuses:
        plain[keys.SUB_STATUSES] = list(map(plain_of, message.sub_statuses))
    return plain | dict(message.extra)


def component_plain(component: Component) -> dict[str, Any]:
    """A component as JSON keys and plain values."""
    name = component.component_name
    plain: dict[str, Any] = {
        keys.COMPONENT_TYPE: component.component_type.name,
        keys.COMPONENT_NAME: name if isinstance(name, str) else name.name,
        keys.SECONDARY_ID: component.secondary_id,
        keys.TERTIARY_ID: component.tertiary_id,
        keys.QUATERNARY_ID: component.quaternary_id,
    }
    return _without_none(plain) | dict(component.extra)


def note_plain(note: Note) -> dict[str, Any]:
    """A note as JSON keys and plain values."""
    plain: dict[str, Any] = {
        keys.TITLE: note.title,
        keys.ACTION_IMPORTANCE: note.action_importance.name,
        keys.DETAIL: note.detail,
        keys.DATA: note.data,
        keys.DATA_DESERIALIZATION_KEY: note.data_deserialization_key,
        keys.ACTION_TO_TAKE: note.action_to_take,
    }
    return _without_none(plain) | dict(note.extra)


def _without_none(plain: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in plain.items() if value is not None}
