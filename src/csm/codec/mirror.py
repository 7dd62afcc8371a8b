"""The messages of the wire as msgspec sees them.

Only the mirror structs and the copying between them and the objects live here; this is the one
module that needs msgspec. As in `plain_reading`, what it reads is a part of what `document` and
`diagnosis` accept, and the rest is left to them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Literal

from msgspec import Struct, defstruct
from msgspec.json import Decoder, Encoder

from csm.catalogue import MajorComponentType, MajorExternalComponentType
from csm.codec.plain_reading import (
    COMPONENT,
    IMPORTANCES,
    MESSAGE_TYPES,
    SIGNALS,
    STATUSES,
    NotPlain,
    Progress,
    finish_parents,
    is_plain,
)
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
from csm.vocabulary import (
    ActionImportance,
    ComponentType,
    Status,
    StatusMessageType,
    Vocabulary,
)


class _Wire(Struct, rename="camel", forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What all mirrors have in common: keys in camel case, no others, and no nulls.

    A text that may be absent is a str that is None by default: absent is None, null is refused, and
    None is not written. What must be there has that default too, where the key before it may be
    absent; reading does not let it through.
    """


def _texts(*names: str) -> list[tuple[str, type[str], None]]:
    return [(name, str, None) for name in names]


def _names(words: type[Vocabulary]) -> Any:  # noqa: ANN401
    return Literal[tuple(words.__members__)]


_Component: Any = defstruct(
    "_Component",
    [
        ("component_type", _names(ComponentType)),
        ("component_name", str),
        *_texts("secondary_id", "tertiary_id", "quaternary_id"),
    ],
    bases=(_Wire,),
)
_Note: Any = defstruct(
    "_Note",
    [
        ("title", str),
        ("action_importance", _names(ActionImportance)),
        *_texts("detail", "data", "data_deserialization_key", "action_to_take"),
    ],
    bases=(_Wire,),
)
_Message: Any = defstruct(
    "_Message",
    [
        ("component", _Component),
        ("status_message_type", _names(StatusMessageType), None),
        ("status", _names(Status), None),
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
_encode = Encoder().encode

_texts_of = attrgetter("detail", "data", "data_deserialization_key", "action_to_take")

# The class of a component, and the names that it may have; not a copy of them, because a name is
# known from its registration on.
_KINDS: Mapping[str, tuple[type[Component], dict[str, Any] | None]] = {
    "GENERAL": (GeneralComponent, None),
    "MAJOR": (MajorComponent, MajorComponentType.listing),
    "MAJOR_EXTERNAL": (MajorExternalComponent, MajorExternalComponentType.listing),
}


def mirrored_message(source: str | bytes, text: str, max_depth: int) -> StatusMessage | None:
    """The message of a text, if it is one of the simple ones.

    Args:
        source: The text as it came in, which spares msgspec a conversion.
        text: The same as a str.
        max_depth: The most messages from root to leaf.

    Returns:
        The message; None when it is not one of the simple ones.
    """
    try:
        root = _decode(source)
    except (ValueError, RecursionError):
        return None
    progress = Progress(root)
    message = _read(progress)
    if message is None or not is_plain(message, text, progress.strings, max_depth):
        return None
    return message


def _read(progress: Progress) -> StatusMessage | None:  # noqa: C901, PLR0912, PLR0915
    """The message of a mirror; None as soon as it is not one of the simple ones."""
    # As in `plain_reading`: breadth first, and no call that this loop can do without.
    strings = 0
    order, made, parents = progress.order, progress.made, progress.parents
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
                return None
            component.component_name = name
            strings += 10
            component.secondary_id = text = wire.secondary_id
            if text is not None:
                strings += 2
            component.tertiary_id = text = wire.tertiary_id
            if text is not None:
                strings += 2
            component.quaternary_id = text = wire.quaternary_id
            if text is not None:
                strings += 2
            component.extra = NO_EXTRA
            component.__class__ = cls
            message.component = component
            type_name = node.status_message_type
            if type_name is None:
                message.status_message_type = COMPONENT
            else:
                message.status_message_type = MESSAGE_TYPES[type_name]
                strings += 2
            message.status = STATUSES[node.status]
            message.epoch_seconds_timestamp = epoch = node.epoch_seconds_timestamp
            message.iso8601_utc_timestamp = iso = node.iso8601_utc_timestamp
            if type(epoch) is not int or iso != (iso_texts.get(epoch) or iso_from_epoch(epoch)):
                return None
            message.notes = message.sub_statuses = ()
            message.extra = NO_EXTRA
            message.height = 1
            notes = node.notes
            if notes is not None:
                message.notes = tuple(map(_note, notes))
                strings += 1
                for note in notes:
                    strings += 12 - 2 * _texts_of(note).count(None)
            below = node.sub_statuses
            if below is None:
                message.__class__ = StatusMessage
            else:
                parents.append((message, len(order), len(below)))
                order += below
                strings += 1
    except SIGNALS:
        return None
    progress.strings = strings
    finish_parents(made, parents)
    root: StatusMessage = made[0]
    return root


def _note(wire: Any) -> Note:  # noqa: ANN401
    made: Any = NoteDraft()
    made.title = title = wire.title
    if not title:
        raise NotPlain
    made.action_importance = IMPORTANCES[wire.action_importance]
    made.detail = wire.detail
    made.data = wire.data
    made.data_deserialization_key = wire.data_deserialization_key
    made.action_to_take = wire.action_to_take
    made.extra = NO_EXTRA
    made.__class__ = Note
    note: Note = made
    return note


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
