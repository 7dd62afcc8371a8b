"""Writing a message with nothing but the standard library.

Only the way from objects to JSON text and to plain values lives here; a message is valid by its
existence, so nothing is checked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from json.encoder import encode_basestring as quoted
from typing import Any, TypeAlias

from csm.codec import keys
from csm.component import Component, GeneralComponent, MajorComponent, MajorExternalComponent
from csm.extra import NO_EXTRA, JsonValue
from csm.message import StatusMessage
from csm.note import Note
from csm.vocabulary import ActionImportance, Status, StatusMessageType, Vocabulary

_Put: TypeAlias = Callable[[str], None]


def text_of(message: StatusMessage) -> str:
    """The JSON text of a message, in one line."""
    parts: list[str] = []
    _write(message, '{"component":', parts.append)
    parts.append("}")
    return "".join(parts)


class _Quoted(dict[Vocabulary, str]):
    """The names of all words as JSON; those that a reader kept are not listed in it."""

    def __missing__(self, word: Vocabulary) -> str:
        return quoted(word.name)


_QUOTED = _Quoted(
    {
        word: quoted(word.name)
        for words in (StatusMessageType, Status, ActionImportance)
        for word in words
    }
)


# Few long pieces beat many short ones, and a piece that opens an object also closes what came
# before it. One frame a level, so that a message of full depth can be written.
def _write(message: StatusMessage, opening: str, put: _Put) -> None:
    """Put a message, behind what opens it, without its last brace."""
    component = message.component
    put(
        f"{opening}{_COMPONENT_TEXTS[type(component)](component)}"
        f',"statusMessageType":{_QUOTED[message.status_message_type]}'
        f',"status":{_QUOTED[message.status]}'
        f',"epochSecondsTimestamp":{message.epoch_seconds_timestamp}'
        f',"iso8601UtcTimestamp":"{message.iso8601_utc_timestamp}"'
    )
    if message.notes:
        put(f',"notes":[{",".join([_note_text(note) for note in message.notes])}]')
    if message.sub_statuses:
        opening = ',"subStatuses":[{"component":'
        for below in message.sub_statuses:
            _write(below, opening, put)
            opening = '},{"component":'
        put("}]")
    if message.extra is not NO_EXTRA:
        put(_members_text(message.extra))


# One function for each class: Python reads the fields of one class quicker than those of three.
def _general_text(component: GeneralComponent) -> str:
    ids = _ids_text(component.secondary_id, component.tertiary_id, component.quaternary_id)
    rest = ids if component.extra is NO_EXTRA else ids + _members_text(component.extra)
    name = quoted(component.component_name)
    return f'{{"componentType":"GENERAL","componentName":{name}{rest}}}'


def _major_text(component: MajorComponent) -> str:
    ids = _ids_text(component.secondary_id, component.tertiary_id, component.quaternary_id)
    rest = ids if component.extra is NO_EXTRA else ids + _members_text(component.extra)
    name = quoted(component.component_name.name)
    return f'{{"componentType":"MAJOR","componentName":{name}{rest}}}'


def _major_external_text(component: MajorExternalComponent) -> str:
    ids = _ids_text(component.secondary_id, component.tertiary_id, component.quaternary_id)
    rest = ids if component.extra is NO_EXTRA else ids + _members_text(component.extra)
    name = quoted(component.component_name.name)
    return f'{{"componentType":"MAJOR_EXTERNAL","componentName":{name}{rest}}}'


_COMPONENT_TEXTS: Mapping[type[Component], Callable[[Any], str]] = {
    GeneralComponent: _general_text,
    MajorComponent: _major_text,
    MajorExternalComponent: _major_external_text,
}


def _ids_text(secondary_id: str | None, tertiary_id: str | None, quaternary_id: str | None) -> str:
    text = ""
    if secondary_id is not None:
        text = f',"secondaryId":{quoted(secondary_id)}'
    if tertiary_id is not None:
        text += f',"tertiaryId":{quoted(tertiary_id)}'
    if quaternary_id is not None:
        text += f',"quaternaryId":{quoted(quaternary_id)}'
    return text


def _note_text(note: Note) -> str:
    text = f'{{"title":{quoted(note.title)},"actionImportance":{_QUOTED[note.action_importance]}'
    if note.detail is not None:
        text += f',"detail":{quoted(note.detail)}'
    if note.data is not None:
        text += f',"data":{quoted(note.data)}'
    if note.data_deserialization_key is not None:
        text += f',"dataDeserializationKey":{quoted(note.data_deserialization_key)}'
    if note.action_to_take is not None:
        text += f',"actionToTake":{quoted(note.action_to_take)}'
    if note.extra is not NO_EXTRA:
        text += _members_text(note.extra)
    return text + "}"


def _members_text(extra: Mapping[str, JsonValue]) -> str:
    """Unknown keys as they follow the known ones."""
    return f",{extra_text(extra)[1:-1]}" if extra else ""


def extra_text(extra: Mapping[str, JsonValue]) -> str:
    """The JSON text of unknown keys, as an object."""
    return json.dumps(dict(extra), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


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
