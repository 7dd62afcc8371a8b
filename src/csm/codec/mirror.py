"""The messages of the wire as msgspec sees them.

Only the mirror structs and the copying between them and the objects live here; this is the one
module that needs msgspec. As in `plain_reading`, what it reads is a part of what `document` and
`diagnosis` accept, and the rest is left to them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from msgspec import Struct, defstruct
from msgspec.json import Decoder, Encoder

from csm.catalogue import MajorComponentType, MajorExternalComponentType
from csm.codec.plain_reading import (
    COMPONENT,
    SIGNALS,
    NotPlain,
    finish_parents,
    is_plain,
)
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
from csm.vocabulary import (
    ActionImportance,
    ComponentType,
    Status,
    StatusMessageType,
)


class _Wire(Struct, rename="camel", forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What all mirrors have in common: keys in camel case, no others, and no nulls.

    A text that may be absent is a str that is None by default: absent is None, null is refused, and
    None is not written. What must be there has that default too, where the key before it may be
    absent; reading does not let it through.
    """


def _texts(*names: str) -> list[tuple[str, type[str], None]]:
    return [(name, str, None) for name in names]


_Component: Any = defstruct(
    "_Component",
    [
        ("component_type", Literal[tuple(ComponentType.__members__)]),
        ("component_name", str),
        *_texts("secondary_id", "tertiary_id", "quaternary_id"),
    ],
    bases=(_Wire,),
)
_Note: Any = defstruct(
    "_Note",
    [
        ("title", str),
        ("action_importance", ActionImportance),
        *_texts("detail", "data", "data_deserialization_key", "action_to_take"),
    ],
    bases=(_Wire,),
)
_Message: Any = defstruct(
    "_Message",
    [
        ("component", _Component),
        ("status_message_type", StatusMessageType, None),
        ("status", Status, None),
        # With float among its types, msgspec does not take 5.0 for 5.
        ("epoch_seconds_timestamp", int | float, None),
        ("iso8601_utc_timestamp", str, None),
        ("notes", list[_Note], None),
        ("sub_statuses", "list[_Message]", None),
    ],
    bases=(_Wire,),
    namespace={"__module__": __name__},
)
_decode = Decoder(_Message).decode
_decode_plain = Decoder().decode
_encode = Encoder().encode

_NOT_PLAIN = None, 0

# The class of a component, and the names that it may have; not a copy of them, because a name is
# known from its registration on.
_KINDS: Mapping[str, tuple[type[Component], dict[str, Any] | None]] = {
    "GENERAL": (GeneralComponent, None),
    "MAJOR": (MajorComponent, MajorComponentType.listing),
    "MAJOR_EXTERNAL": (MajorExternalComponent, MajorExternalComponentType.listing),
}


def mirrored_message(data: bytes, max_depth: int) -> StatusMessage | None:
    """The message of a text, if it is one of the simple ones.

    Args:
        data: The text in UTF-8.
        max_depth: The most messages from root to leaf.

    Returns:
        The message; None when it is not one of the simple ones.
    """
    try:
        root = _decode(data)
    except (ValueError, RecursionError):
        return None
    message, strings = _read(root)
    if message is None or not is_plain(message, data, strings, max_depth):
        return None
    return message


def decoded(data: bytes) -> Json:
    """The plain values of a text, as JSON's own reader has them; None where msgspec has none."""
    try:
        return _decode_plain(data)
    except (ValueError, RecursionError):
        return None


def _read(root: Any) -> tuple[StatusMessage | None, int]:  # noqa: ANN401, C901, PLR0912, PLR0915
    """The message of a mirror, and how many strings it has; None when it is no simple one."""
    # As in `plain_reading`: breadth first, and no call that this loop can do without.
    strings = 0
    order: list[Any] = [root]
    made: list[Any] = []
    parents: list[tuple[Any, int, int]] = []
    try:
        for node in order:
            message: Any = MessageDraft()
            made.append(message)
            wire = node.component
            component: Any = ComponentDraft()
            name = wire.component_name
            cls, listing = _KINDS[wire.component_type]
            if listing is not None:
                name = listing[name]
            elif not name:
                return _NOT_PLAIN
            component.component_name = name
            component.secondary_id = secondary_id = wire.secondary_id
            component.tertiary_id = tertiary_id = wire.tertiary_id
            component.quaternary_id = quaternary_id = wire.quaternary_id
            component.extra = NO_EXTRA
            component.__class__ = cls
            message.component = component
            kind = node.status_message_type
            if kind is None:
                message.status_message_type = COMPONENT
                strings += 10
            else:
                message.status_message_type = kind
                strings += 12
            message.status = status = node.status
            if status is None:
                return _NOT_PLAIN
            message.epoch_seconds_timestamp = epoch = node.epoch_seconds_timestamp
            message.iso8601_utc_timestamp = iso = node.iso8601_utc_timestamp
            if type(epoch) is not int or iso != (iso_texts.get(epoch) or new_iso_text(epoch)):
                return _NOT_PLAIN
            message.extra = NO_EXTRA
            message.height = 1
            if secondary_id is not None:
                strings += 2
            if tertiary_id is not None:
                strings += 2
            if quaternary_id is not None:
                strings += 2
            notes = node.notes
            if notes is None:
                message.notes = ()
            else:
                own: list[Any] = []
                for wire_note in notes:
                    note: Any = NoteDraft()
                    note.title = title = wire_note.title
                    if not title:
                        return _NOT_PLAIN
                    note.action_importance = wire_note.action_importance
                    note.detail = detail = wire_note.detail
                    note.data = data = wire_note.data
                    note.data_deserialization_key = key = wire_note.data_deserialization_key
                    note.action_to_take = action = wire_note.action_to_take
                    note.extra = NO_EXTRA
                    note.__class__ = Note
                    own.append(note)
                    strings += 4
                    if detail is not None:
                        strings += 2
                    if data is not None:
                        strings += 2
                    if key is not None:
                        strings += 2
                    if action is not None:
                        strings += 2
                message.notes = tuple(own)
                strings += 1
            below = node.sub_statuses
            if below is None:
                message.sub_statuses = ()
                message.__class__ = StatusMessage
            else:
                parents.append((message, len(order), len(below)))
                order += below
                strings += 1
    except SIGNALS:
        return _NOT_PLAIN
    finish_parents(made, parents)
    return made[0], strings


def bytes_of(message: StatusMessage) -> bytes:
    """The JSON text of a message that has no unknown keys, in UTF-8.

    Raises:
        NotPlain: It has some.
    """
    return _encode(_mirror(message))


def _mirror(message: StatusMessage) -> Any:  # noqa: ANN401
    """The mirror of a message; as deep in the stack as the message is deep."""
    component = message.component
    if message.extra is not NO_EXTRA or component.extra is not NO_EXTRA:
        raise NotPlain
    notes = message.notes
    below = message.sub_statuses
    # Comprehensions: a call from Python costs half as much as one from inside `map`.
    return _Message(
        _MIRRORS[type(component)](component),
        message.status_message_type._value_,
        message.status._value_,
        message.epoch_seconds_timestamp,
        message.iso8601_utc_timestamp,
        [_mirrored_note(note) for note in notes] if notes else None,
        [_mirror(message) for message in below] if below else None,
    )


# One function for each class: Python reads the fields of one class quicker than those of three.
def _general(made: GeneralComponent) -> Any:  # noqa: ANN401
    name = made.component_name
    return _Component("GENERAL", name, made.secondary_id, made.tertiary_id, made.quaternary_id)


def _major(made: MajorComponent) -> Any:  # noqa: ANN401
    name = made.component_name.name
    return _Component("MAJOR", name, made.secondary_id, made.tertiary_id, made.quaternary_id)


def _external(made: MajorExternalComponent) -> Any:  # noqa: ANN401
    kind, name = "MAJOR_EXTERNAL", made.component_name.name
    return _Component(kind, name, made.secondary_id, made.tertiary_id, made.quaternary_id)


_MIRRORS: Mapping[type[Component], Callable[[Any], Any]] = {
    GeneralComponent: _general,
    MajorComponent: _major,
    MajorExternalComponent: _external,
}


def _mirrored_note(note: Note) -> Any:  # noqa: ANN401
    if note.extra is not NO_EXTRA:
        raise NotPlain
    return _Note(
        note.title,
        note.action_importance._value_,
        note.detail,
        note.data,
        note.data_deserialization_key,
        note.action_to_take,
    )
