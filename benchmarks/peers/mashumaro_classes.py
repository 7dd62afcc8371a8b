"""mashumaro's dataclasses, which check a little on reading, with its mixin for orjson."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from mashumaro.config import BaseConfig
from mashumaro.mixins.orjson import DataClassORJSONMixin
from mashumaro.types import Discriminator

from benchmarks.peers.peer import Kinds, Peer
from benchmarks.peers.words import WORDS, External, Importance, Major, MessageType, Status

_ALIASES = {
    "component_type": "componentType",
    "component_name": "componentName",
    "secondary_id": "secondaryId",
    "tertiary_id": "tertiaryId",
    "quaternary_id": "quaternaryId",
    "action_importance": "actionImportance",
    "data_deserialization_key": "dataDeserializationKey",
    "action_to_take": "actionToTake",
    "status_message_type": "statusMessageType",
    "epoch_seconds_timestamp": "epochSecondsTimestamp",
    "iso8601_utc_timestamp": "iso8601UtcTimestamp",
    "sub_statuses": "subStatuses",
}


class _Config(BaseConfig):
    aliases = _ALIASES
    serialize_by_alias = True
    omit_none = True


@dataclass(frozen=True, kw_only=True)
class General(DataClassORJSONMixin):
    """A component that no catalogue names."""

    component_type: str = "GENERAL"
    component_name: str
    secondary_id: str | None = None
    tertiary_id: str | None = None
    quaternary_id: str | None = None

    Config: ClassVar[type[BaseConfig]] = _Config


@dataclass(frozen=True, kw_only=True)
class MajorComponent(DataClassORJSONMixin):
    """An application of the organisation."""

    component_type: str = "MAJOR"
    component_name: Major
    secondary_id: str | None = None
    tertiary_id: str | None = None
    quaternary_id: str | None = None

    Config: ClassVar[type[BaseConfig]] = _Config


@dataclass(frozen=True, kw_only=True)
class ExternalComponent(DataClassORJSONMixin):
    """An application from outside."""

    component_type: str = "MAJOR_EXTERNAL"
    component_name: External
    secondary_id: str | None = None
    tertiary_id: str | None = None
    quaternary_id: str | None = None

    Config: ClassVar[type[BaseConfig]] = _Config


def _tag(cls: type[General | MajorComponent | ExternalComponent]) -> str:
    return cls.component_type


_BY_TYPE = Discriminator("componentType", include_supertypes=True, variant_tagger_fn=_tag)


@dataclass(frozen=True, kw_only=True)
class Note(DataClassORJSONMixin):
    """What there is to say about a status."""

    title: str
    action_importance: Importance
    detail: str | None = None
    data: str | None = None
    data_deserialization_key: str | None = None
    action_to_take: str | None = None

    Config: ClassVar[type[BaseConfig]] = _Config


@dataclass(frozen=True, kw_only=True)
class Message(DataClassORJSONMixin):
    """The status of a component, and of everything below it."""

    component: Annotated[General | MajorComponent | ExternalComponent, _BY_TYPE]
    status_message_type: MessageType
    status: Status
    epoch_seconds_timestamp: int
    iso8601_utc_timestamp: str
    notes: tuple[Note, ...] | None = None
    sub_statuses: tuple[Message, ...] | None = None

    Config: ClassVar[type[BaseConfig]] = _Config


# Looked up at every call: the library puts the compiled methods in place at the first one.
def encode(message: Message) -> bytes:
    """The same text that `csm` writes."""
    return message.to_jsonb()


def decode(data: bytes) -> Message:
    """A message."""
    return Message.from_json(data)


KINDS = Kinds(
    message=Message,
    note=Note,
    components={
        "GENERAL": General,
        "MAJOR": MajorComponent,
        "MAJOR_EXTERNAL": ExternalComponent,
    },
    words=WORDS,
)
PEER = Peer("mashumaro, orjson", encode, decode, KINDS, ("mashumaro",))
