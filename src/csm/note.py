"""The note: what there is to say about a status, and what to do about it.

Only the note and its invariants live here; no JSON. What its data means is in `payload`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack, final

import attrs

from csm.construction import (
    Arguments,
    Making,
    reports_missing,
    required_text,
    text,
    word,
)
from csm.extra import NO_EXTRA, JsonValue, checked_extra, is_plain_text
from csm.paths import json_key
from csm.value import Draft, Value, changed, construct
from csm.vocabulary import ActionImportance, ActionImportanceLike

_IMPORTANCES = dict(ActionImportance.__members__)


class _NoteOptions(TypedDict, total=False):
    action_importance: ActionImportanceLike
    detail: str | None
    action_to_take: str | None
    extra: Mapping[str, JsonValue]


class _NoteChanges(_NoteOptions, total=False):
    title: str
    data: str | None
    data_deserialization_key: str | None


class NoteDraft(Draft):
    """The fields of a note."""

    __slots__ = (
        "action_importance",
        "action_to_take",
        "data",
        "data_deserialization_key",
        "detail",
        "extra",
        "title",
    )


@final
@attrs.frozen(init=False, repr=False)
class Note(NoteDraft, Value):
    """What there is to say about a status, and what to do about it.

    Args:
        title: Says it in a few words; not empty.
        action_importance: How urgent the action is.
        detail: Says it at length.
        data: Data of any kind, as text.
        data_deserialization_key: Tells a reader how to read the data.
        action_to_take: What somebody should do.
        extra: Unknown keys to go with it.

    Raises:
        CsmValidationError: An argument is missing or wrong.

    >>> Note(title="disk 91 % full", action_importance="LOW")
    Note(title='disk 91 % full', action_importance=ActionImportance.LOW)
    """

    title: str
    action_importance: ActionImportance
    detail: str | None
    data: str | None
    data_deserialization_key: str | None
    action_to_take: str | None
    extra: Mapping[str, JsonValue]

    @reports_missing("title")
    def __new__(
        cls,
        *,
        title: str,
        action_importance: ActionImportanceLike = ActionImportance.NONE,
        detail: str | None = None,
        data: str | None = None,
        data_deserialization_key: str | None = None,
        action_to_take: str | None = None,
        extra: Mapping[str, JsonValue] = NO_EXTRA,
    ) -> Note:
        """See the class."""
        importance: ActionImportance | str | None = action_importance
        if type(importance) is not ActionImportance:
            importance = _IMPORTANCES.get(importance) if type(importance) is str else None
        if (
            is_plain_text(title)
            and title
            and importance is not None
            and extra is NO_EXTRA
            and (detail is None or is_plain_text(detail))
            and (data is None or is_plain_text(data))
            and (data_deserialization_key is None or is_plain_text(data_deserialization_key))
            and (action_to_take is None or is_plain_text(action_to_take))
        ):
            made: Any = NoteDraft()
            made.title = title
            made.action_importance = importance
            made.detail = detail
            made.data = data
            made.data_deserialization_key = data_deserialization_key
            made.action_to_take = action_to_take
            made.extra = NO_EXTRA
            made.__class__ = Note
            note: Note = made
            return note
        arguments: Arguments = {
            "title": title,
            "action_importance": action_importance,
            "detail": detail,
            "data": data,
            "data_deserialization_key": data_deserialization_key,
            "action_to_take": action_to_take,
            "extra": extra,
        }
        return construct(note_from, arguments)

    def replace(self, **changes: Unpack[_NoteChanges]) -> Note:
        """A copy with other values; arguments as in the constructor."""
        return Note(**changed(self, changes))

    __replace__ = replace

    @classmethod
    def with_payload(
        cls, *, title: str, payload: object, key: str = "json", **others: Unpack[_NoteOptions]
    ) -> Note:
        """A note that carries a Python value as its data.

        Args:
            title: As in the constructor.
            payload: What the codec of the key can write.
            key: Names the codec in `payload_codecs`; it becomes the data_deserialization_key.
            others: The other arguments of the constructor.
        """
        from csm.payload import encode

        data = encode(payload, key)
        return cls(title=title, data=data, data_deserialization_key=key, **others)

    def load_data(self) -> Any:  # noqa: ANN401  # whatever the codec of its key makes
        """The value that the data stand for, read by the codec of their key."""
        from csm.payload import load_data

        return load_data(self)


_NOTE_TEXTS = ("detail", "data", "data_deserialization_key", "action_to_take")
_NOTE_KEYS = frozenset(map(json_key, ("title", "action_importance", *_NOTE_TEXTS)))


def note_from(arguments: Arguments, making: Making, path: str) -> Note | None:
    """The note that some arguments make; None when they have problems; see `Recipe`."""
    before = len(making.problems)
    title = required_text(arguments, "title", making, path)
    importance = word(ActionImportance, "action_importance", arguments, making, path)
    texts = [text(arguments, name, making, path) for name in _NOTE_TEXTS]
    extra = checked_extra(arguments.get("extra", NO_EXTRA), _NOTE_KEYS, making.problems, path)
    if importance is None or len(making.problems) > before:
        return None
    return new_note(title, importance, texts, extra)


def new_note(
    title: str,
    importance: ActionImportance,
    texts: Sequence[str | None],
    extra: Mapping[str, JsonValue],
) -> Note:
    """A note from fields that have been checked; the texts in the order of the class."""
    made: Any = NoteDraft()
    made.title = title
    made.action_importance = importance
    made.detail, made.data, made.data_deserialization_key, made.action_to_take = texts
    made.extra = extra
    made.__class__ = Note
    note: Note = made
    return note
