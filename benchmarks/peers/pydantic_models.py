"""pydantic's models, which check on construction and on reading."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from benchmarks.peers.peer import Kinds, Peer
from benchmarks.peers.words import WORDS, External, Importance, Major, MessageType, Status


class Base(BaseModel):
    """What all have in common."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, frozen=True
    )


class General(Base):
    """A component that no catalogue names."""

    component_type: Literal["GENERAL"] = "GENERAL"
    component_name: Annotated[str, Field(min_length=1)]
    secondary_id: str | None = None
    tertiary_id: str | None = None
    quaternary_id: str | None = None


class MajorComponent(Base):
    """An application of the organisation."""

    component_type: Literal["MAJOR"] = "MAJOR"
    component_name: Major
    secondary_id: str | None = None
    tertiary_id: str | None = None
    quaternary_id: str | None = None


class ExternalComponent(Base):
    """An application from outside."""

    component_type: Literal["MAJOR_EXTERNAL"] = "MAJOR_EXTERNAL"
    component_name: External
    secondary_id: str | None = None
    tertiary_id: str | None = None
    quaternary_id: str | None = None


class Note(Base):
    """What there is to say about a status."""

    title: Annotated[str, Field(min_length=1)]
    action_importance: Importance
    detail: str | None = None
    data: str | None = None
    data_deserialization_key: str | None = None
    action_to_take: str | None = None


class Message(Base):
    """The status of a component, and of everything below it."""

    component: Annotated[
        General | MajorComponent | ExternalComponent, Field(discriminator="component_type")
    ]
    status_message_type: MessageType
    status: Status
    epoch_seconds_timestamp: int
    iso8601_utc_timestamp: str
    notes: tuple[Note, ...] | None = None
    sub_statuses: tuple[Message, ...] | None = None


def encode(message: Any) -> str:  # noqa: ANN401
    """The same text that `csm` writes."""
    text: str = message.model_dump_json(by_alias=True, exclude_none=True)
    return text


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
PEER = Peer("pydantic", encode, Message.model_validate_json, KINDS, ("pydantic",))
