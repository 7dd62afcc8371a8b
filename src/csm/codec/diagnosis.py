"""Reading a message with every fault found: the reference of what is accepted, and the slow way.

Only what the values of a JSON object must be lives here. The fast readers accept a part of what is
accepted here, and hand over everything else; so this module decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeAlias, TypeVar

import attrs

from csm.catalogue import Catalogue, MajorComponentType, MajorExternalComponentType
from csm.codec import keys
from csm.codec.options import Options
from csm.codec.values import Json
from csm.component import (
    Component,
    GeneralComponent,
    MajorComponent,
    MajorExternalComponent,
    new_component,
)
from csm.errors import (
    NAMES_SHOWN,
    ProblemList,
    excerpt_of,
    nearest,
    nearest_of,
)
from csm.extra import NO_EXTRA, Extra
from csm.message import StatusMessage, new_message
from csm.note import Note, new_note
from csm.paths import Place, path_of
from csm.timestamps import epoch_from_iso, in_range, iso_from_epoch
from csm.vocabulary import ActionImportance, ComponentType, Status, StatusMessageType, Vocabulary

T = TypeVar("T")


class Diagnosis:
    """One reading: its options and what it found."""

    __slots__ = ("options", "problems")

    def __init__(self, options: Options) -> None:
        self.options: Options = options
        self.problems: ProblemList = ProblemList()

    def report(
        self,
        place: Place,
        message: str | Callable[[], str],
        value: object = None,
        *,
        absent: bool = False,
    ) -> None:
        """Note a fault; beyond those that are kept, only its number.

        Raises:
            CsmValidationError: The options want the first one only.
        """
        if self.problems.is_full:
            self.problems.uncounted += 1
            return
        said = message if isinstance(message, str) else message()
        self.problems.add(path_of(place), said, "" if absent else excerpt_of(value))
        if self.options.problems == "first":
            raise self.problems.error()

    def has_found_any(self) -> bool:
        """Whether there are faults."""
        return bool(self.problems)


Found: TypeAlias = "dict[str, Any]"
Read: TypeAlias = Callable[[Any, Place, Diagnosis, Found], Any]
"""From a value, its place, the diagnosis and the values found before it in its object."""


@attrs.frozen
class Field:
    """One key of an object."""

    read: Read
    needed: bool = False
    """Whether it must be there."""
    not_null: bool = False
    """Whether it must not be null where it is there."""
    stand_in: str | None = None
    """The key that may stand in its place."""


def message_from_plain(root: Mapping[str, Any], options: Options) -> StatusMessage:
    """The message that plain values stand for.

    Raises:
        CsmValidationError: They stand for none; with every problem, or with the first.
    """
    diagnosis = Diagnosis(options)
    message = _message(root, None, diagnosis, {})
    if message is None:
        raise diagnosis.problems.error()
    return message


def note_from_plain(root: Mapping[str, Any], options: Options) -> Note:
    """The note that plain values stand for; errors as for `message_from_plain`."""
    diagnosis = Diagnosis(options)
    note = _note(root, None, diagnosis, {})
    if note is None:
        raise diagnosis.problems.error()
    return note


def component_from_plain(root: Mapping[str, Any], options: Options) -> Component:
    """The component that plain values stand for; errors as for `message_from_plain`."""
    diagnosis = Diagnosis(options)
    component = _component(root, None, diagnosis, {})
    if component is None:
        raise diagnosis.problems.error()
    return component


def raise_first_problem(node: Json, indexes: Sequence[int], options: Options) -> None:
    """Look at one message, without those below it.

    Args:
        node: What stands for it.
        indexes: The indexes in the lists of sub-statuses that lead to it from the root.
        options: The options of the reader.

    Raises:
        CsmValidationError: It has a problem.
    """
    place: Place = None
    for index in indexes:
        place = ((place, keys.SUB_STATUSES), index)
    diagnosis = Diagnosis(options)
    _object(node, place, diagnosis)  # raises where it is none: the first problem is wanted
    own = {key: each for key, each in node.items() if key != keys.SUB_STATUSES}
    _members(own, _MESSAGE_FIELDS, place, diagnosis)


def _members(
    value: Json, fields: Mapping[str, Field], place: Place, diagnosis: Diagnosis
) -> tuple[Found, Extra]:
    """The known values of an object that could be read, and its unknown keys."""
    found: Found = {}
    extra: dict[str, Any] = {}
    for key, member in value.items():
        field = fields.get(key)
        if field is None:
            extra[key] = member
        elif member is not None:
            found[key] = field.read(member, (place, key), diagnosis, found)
        elif field.not_null:
            diagnosis.report((place, key), "must not be null", member)
        if field is None and diagnosis.options.extra_keys == "reject":
            diagnosis.report((place, key), partial(_unknown_key, key, fields), member)
    if len(found) < len(fields):
        _report_missing(value, fields, place, diagnosis)
    keeps = extra and diagnosis.options.extra_keys == "keep"
    return found, Extra(extra) if keeps else NO_EXTRA


def _unknown_key(key: str, fields: Mapping[str, Field]) -> str:
    return f"is an unknown key: expected {nearest(key, fields)}"


def _report_missing(
    value: Json, fields: Mapping[str, Field], place: Place, diagnosis: Diagnosis
) -> None:
    for key, field in fields.items():
        if field.needed and key not in value and field.stand_in not in value:
            unknown = [each for each in value if each not in fields]
            diagnosis.report((place, key), partial(_missing, key, field, unknown), absent=True)


def _missing(key: str, field: Field, unknown: Sequence[str]) -> str:
    message = f"is missing, and so is {field.stand_in}" if field.stand_in else "is missing"
    misspelt = nearest_of(key, unknown[:NAMES_SHOWN])
    return f"{message}; is it {misspelt!r}, which stands there?" if misspelt else message


def _object(value: Json, place: Place, diagnosis: Diagnosis) -> bool:
    if isinstance(value, dict):
        return True
    diagnosis.report(place, "must be an object", value)
    return False


def _text(value: Json, place: Place, diagnosis: Diagnosis, _: Found) -> str | None:
    if isinstance(value, str):
        return value
    diagnosis.report(place, "must be a string", value)
    return None


def _filled_text(value: Json, place: Place, diagnosis: Diagnosis, _: Found) -> str | None:
    if isinstance(value, str) and value:
        return value
    diagnosis.report(place, "must be a string that is not empty", value)
    return None


def _word(words: type[Vocabulary | Catalogue], *, open_to_all: bool = True) -> Read:
    """Reads a name; unknown names are kept where the options say so."""

    def read(value: Json, place: Place, diagnosis: Diagnosis, _: Found) -> Json:
        if not isinstance(value, str) or not value:
            diagnosis.report(place, f"must be {nearest('', words.__members__)}", value)
            return None
        known = words.__members__.get(value)
        if known is not None:
            return known
        if open_to_all and diagnosis.options.unknown_values == "keep":
            return words.kept(value)
        if issubclass(words, Catalogue):
            diagnosis.report(place, partial(words.unlisted_message, value), value)
        else:
            diagnosis.report(place, lambda: f"must be {nearest(value, words.__members__)}", value)
        return None

    return read


def _epoch(value: Json, place: Place, diagnosis: Diagnosis, found: Found) -> int | None:
    if type(value) is not int or not in_range(value):
        message = "must be a whole number of seconds since 1970, in the years 1 to 9999"
        if type(value) is int and in_range(value // 1_000):
            message += "; this may be milliseconds"
        diagnosis.report(place, message, value)
        return None
    if not _agree(value, found.get(keys.ISO)):
        diagnosis.report(place, _disagreement(keys.ISO, found), value)
    return value


def _iso(value: Json, place: Place, diagnosis: Diagnosis, found: Found) -> int | None:
    seconds = epoch_from_iso(value) if isinstance(value, str) else None
    if seconds is None:
        message = "must be an RFC 3339 date-time with an offset, in the years 1 to 9999"
        diagnosis.report(place, f"{message}, such as 2015-07-16T16:28:28Z", value)
        return None
    if not _agree(seconds, found.get(keys.EPOCH)):
        diagnosis.report(place, _disagreement(keys.EPOCH, found), value)
    return seconds


def _agree(seconds: int, other: int | None) -> bool:
    return other is None or other == seconds


def _disagreement(key: str, found: Found) -> str:
    other: int = found[key]
    return f"must name the same second as {key}: {other}, {iso_from_epoch(other)}"


def _is_array(value: object) -> bool:
    return isinstance(value, list)


def _elements(read: Read) -> Read:
    def read_all(value: Json, place: Place, diagnosis: Diagnosis, found: Found) -> tuple[Any, ...]:
        if not _is_array(value):
            diagnosis.report(place, "must be an array", value)
            return ()
        made: list[Any] = []
        # A loop, not a comprehension: a message of full depth has few frames to spend.
        for index, element in enumerate(value):
            made.append(read(element, (place, index), diagnosis, found))
        return tuple(made)

    return read_all


def _required(read: Read) -> Field:
    return Field(read, needed=True, not_null=True)


_NOTE_TEXTS: Final = (keys.DETAIL, keys.DATA, keys.DATA_DESERIALIZATION_KEY, keys.ACTION_TO_TAKE)
_NOTE_FIELDS: Final[Mapping[str, Field]] = {
    keys.TITLE: _required(_filled_text),
    keys.ACTION_IMPORTANCE: _required(_word(ActionImportance)),
    **{key: Field(_text) for key in _NOTE_TEXTS},
}


def _note(value: Json, place: Place, diagnosis: Diagnosis, _: Found) -> Note | None:
    if not _object(value, place, diagnosis):
        return None
    found, extra = _members(value, _NOTE_FIELDS, place, diagnosis)
    if diagnosis.has_found_any():
        return None
    texts = [found.get(key) for key in _NOTE_TEXTS]
    return new_note(found[keys.TITLE], found[keys.ACTION_IMPORTANCE], texts, extra)


_IDS: Final = (keys.SECONDARY_ID, keys.TERTIARY_ID, keys.QUATERNARY_ID)


def _component_fields(read_name: Read) -> Mapping[str, Field]:
    return {
        keys.COMPONENT_TYPE: _required(_word(ComponentType, open_to_all=False)),
        keys.COMPONENT_NAME: _required(read_name),
        **{key: Field(_text) for key in _IDS},
    }


_KINDS: Final[Mapping[str, tuple[type[Component], Mapping[str, Field]]]] = {
    "GENERAL": (GeneralComponent, _component_fields(_filled_text)),
    "MAJOR": (MajorComponent, _component_fields(_word(MajorComponentType))),
    "MAJOR_EXTERNAL": (
        MajorExternalComponent,
        _component_fields(_word(MajorExternalComponentType)),
    ),
}


def _component(value: Json, place: Place, diagnosis: Diagnosis, _: Found) -> Component | None:
    if not _object(value, place, diagnosis):
        return None
    kind = value.get(keys.COMPONENT_TYPE)
    # Of a component of an unknown type nothing is asked that a general one need not have.
    cls, fields = _KINDS.get(kind if isinstance(kind, str) else "", _KINDS["GENERAL"])
    found, extra = _members(value, fields, place, diagnosis)
    if diagnosis.has_found_any():
        return None
    return new_component(cls, found[keys.COMPONENT_NAME], [found.get(key) for key in _IDS], extra)


def _message(value: Json, place: Place, diagnosis: Diagnosis, _: Found) -> StatusMessage | None:
    if not _object(value, place, diagnosis):
        return None
    found, extra = _members(value, _MESSAGE_FIELDS, place, diagnosis)
    if diagnosis.has_found_any():
        return None
    seconds: int = found[keys.EPOCH] if keys.EPOCH in found else found[keys.ISO]
    return new_message(
        found[keys.COMPONENT],
        found.get(keys.STATUS_MESSAGE_TYPE, StatusMessageType.COMPONENT),
        found[keys.STATUS],
        seconds,
        found.get(keys.NOTES, ()),
        found.get(keys.SUB_STATUSES, ()),
        extra,
    )


_MESSAGE_FIELDS: Final[Mapping[str, Field]] = {
    keys.COMPONENT: _required(_component),
    keys.STATUS_MESSAGE_TYPE: Field(_word(StatusMessageType), not_null=True),
    keys.STATUS: _required(_word(Status)),
    keys.EPOCH: Field(_epoch, needed=True, not_null=True, stand_in=keys.ISO),
    keys.ISO: Field(_iso, not_null=True),
    keys.NOTES: Field(_elements(_note)),
    keys.SUB_STATUSES: Field(_elements(_message)),
}
