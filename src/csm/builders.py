"""The five builders, with the names of the Java interface in snake_case.

A builder only collects arguments: every rule lives in the class that it builds. Wherever an object
goes in, its builder may go in too; it is built when the outer one is.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar, cast

from csm.catalogue import MajorComponentType, MajorExternalComponentType
from csm.component import (
    Component,
    GeneralComponent,
    MajorComponent,
    MajorExternalComponent,
    general_component_from,
    major_component_from,
    major_external_component_from,
)
from csm.construction import Builder, Clock, Making, StaticRecipe
from csm.message import StatusMessage, message_from
from csm.note import Note, note_from
from csm.vocabulary import (
    ActionImportanceLike,
    StatusLike,
    StatusMessageTypeLike,
)

C = TypeVar("C", bound=Component)


class StatusMessageBuilder(Builder[StatusMessage]):
    """Builds a StatusMessage.

    >>> sia = MajorComponentBuilder.builder().with_major_component_type(MajorComponentType.SIA)
    >>> StatusMessageBuilder.builder().with_component(sia).with_status("WARN").build().status
    <Status.WARN: 'WARN'>
    """

    __slots__ = ("_clock",)
    target: ClassVar[type[StatusMessage]] = StatusMessage
    recipe: ClassVar[StaticRecipe[Any]] = staticmethod(message_from)

    def __init__(self, clock: Clock = time.time) -> None:
        super().__init__()
        self._clock = clock

    @classmethod
    def builder(cls, clock: Clock = time.time) -> Self:
        """A fresh builder.

        Args:
            clock: Returns epoch seconds, or an aware datetime; read once per outer `build()`,
                and only where a message has no time of its own.
        """
        return cls(clock)

    def build(self) -> StatusMessage:
        """The message that the arguments make; may be called again.

        Raises:
            CsmValidationError: An argument is missing or wrong; its path begins at this object.
        """
        return self._built_in(Making(self._clock))

    def with_component(self, component: Component | Builder[Component]) -> Self:
        """Set who or what the message is about."""
        self.arguments["component"] = component
        return self

    def with_status_message_type(self, status_message_type: StatusMessageTypeLike) -> Self:
        """Set what the branch is about."""
        self.arguments["status_message_type"] = status_message_type
        return self

    def with_status(self, status: StatusLike) -> Self:
        """Set how the component is."""
        self.arguments["status"] = status
        return self

    def with_epoch_seconds_timestamp(self, epoch_seconds_timestamp: int) -> Self:
        """Set the time as whole seconds since 1970-01-01T00:00:00Z."""
        self.arguments["epoch_seconds_timestamp"] = epoch_seconds_timestamp
        return self

    def with_iso8601_utc_timestamp(self, iso8601_utc_timestamp: str) -> Self:
        """Set the time as an RFC 3339 date-time."""
        self.arguments["iso8601_utc_timestamp"] = iso8601_utc_timestamp
        return self

    def with_timestamp(self, timestamp: datetime) -> Self:
        """Set the time as an aware datetime."""
        self.arguments["timestamp"] = timestamp
        return self

    def with_notes(self, notes: Sequence[Note | Builder[Note]]) -> Self:
        """Append notes."""
        return self._append("notes", notes)

    def with_note(self, note: Note | Builder[Note]) -> Self:
        """Append one note."""
        return self._append("notes", [note])

    def with_sub_statuses(
        self, sub_statuses: Sequence[StatusMessage | Builder[StatusMessage]]
    ) -> Self:
        """Append messages below this one."""
        return self._append("sub_statuses", sub_statuses)

    def with_sub_status(self, sub_status: StatusMessage | Builder[StatusMessage]) -> Self:
        """Append one message below this one."""
        return self._append("sub_statuses", [sub_status])

    def _append(self, name: str, values: object) -> Self:
        given = self.arguments.setdefault(name, [])
        # A list is the builder's own; the first thing that is none stays, for build() to refuse.
        if isinstance(given, list):
            if isinstance(values, list | tuple):
                cast("list[object]", given).extend(cast("list[object]", values))
            else:
                self.arguments[name] = values
        return self


class NoteBuilder(Builder[Note]):
    """Builds a Note.

    >>> NoteBuilder.builder().with_title("disk 91 % full").build()
    Note(title='disk 91 % full', action_importance=ActionImportance.NONE)
    """

    __slots__ = ()
    target: ClassVar[type[Note]] = Note
    recipe: ClassVar[StaticRecipe[Any]] = staticmethod(note_from)

    def with_title(self, title: str) -> Self:
        """Set what says it in a few words."""
        self.arguments["title"] = title
        return self

    def with_action_importance(self, action_importance: ActionImportanceLike) -> Self:
        """Set how urgent the action is."""
        self.arguments["action_importance"] = action_importance
        return self

    def with_detail(self, detail: str | None) -> Self:
        """Set what says it at length."""
        self.arguments["detail"] = detail
        return self

    def with_data(self, data: str | None) -> Self:
        """Set data of any kind, as text."""
        self.arguments["data"] = data
        return self

    def with_data_deserialization_key(self, data_deserialization_key: str | None) -> Self:
        """Set what tells a reader how to read the data."""
        self.arguments["data_deserialization_key"] = data_deserialization_key
        return self

    def with_action_to_take(self, action_to_take: str | None) -> Self:
        """Set what somebody should do."""
        self.arguments["action_to_take"] = action_to_take
        return self


class _ComponentBuilder(Builder[C]):
    __slots__ = ()

    def with_secondary_id(self, secondary_id: str | None) -> Self:
        """Set what narrows the name down."""
        self.arguments["secondary_id"] = secondary_id
        return self

    def with_tertiary_id(self, tertiary_id: str | None) -> Self:
        """Set what narrows it further."""
        self.arguments["tertiary_id"] = tertiary_id
        return self

    def with_quaternary_id(self, quaternary_id: str | None) -> Self:
        """Set what narrows it further still."""
        self.arguments["quaternary_id"] = quaternary_id
        return self


class GeneralComponentBuilder(_ComponentBuilder[GeneralComponent]):
    """Builds a GeneralComponent."""

    __slots__ = ()
    target: ClassVar[type[GeneralComponent]] = GeneralComponent
    recipe: ClassVar[StaticRecipe[Any]] = staticmethod(general_component_from)

    def with_component_name(self, component_name: str) -> Self:
        """Set the name."""
        self.arguments["component_name"] = component_name
        return self


class MajorComponentBuilder(_ComponentBuilder[MajorComponent]):
    """Builds a MajorComponent."""

    __slots__ = ()
    target: ClassVar[type[MajorComponent]] = MajorComponent
    recipe: ClassVar[StaticRecipe[Any]] = staticmethod(major_component_from)

    def with_major_component_type(self, major_component_type: MajorComponentType | str) -> Self:
        """Set the name."""
        self.arguments["component_name"] = major_component_type
        return self


class MajorExternalComponentBuilder(_ComponentBuilder[MajorExternalComponent]):
    """Builds a MajorExternalComponent."""

    __slots__ = ()
    target: ClassVar[type[MajorExternalComponent]] = MajorExternalComponent
    recipe: ClassVar[StaticRecipe[Any]] = staticmethod(major_external_component_from)

    def with_major_external_component_type(
        self, major_external_component_type: MajorExternalComponentType | str
    ) -> Self:
        """Set the name."""
        self.arguments["component_name"] = major_external_component_type
        return self
