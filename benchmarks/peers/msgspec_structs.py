"""msgspec's structs, which check on reading and not on construction."""

import msgspec

from benchmarks.peers.peer import Kinds, Peer
from benchmarks.peers.words import WORDS, External, Importance, Major, MessageType, Status


class Base(msgspec.Struct, rename="camel", omit_defaults=True):
    """What all have in common."""


class General(Base, tag_field="componentType", tag="GENERAL"):
    """A component that no catalogue names."""

    component_name: str
    secondary_id: str | None = None
    tertiary_id: str | None = None
    quaternary_id: str | None = None


class MajorComponent(Base, tag_field="componentType", tag="MAJOR"):
    """An application of the organisation."""

    component_name: Major
    secondary_id: str | None = None
    tertiary_id: str | None = None
    quaternary_id: str | None = None


class ExternalComponent(Base, tag_field="componentType", tag="MAJOR_EXTERNAL"):
    """An application from outside."""

    component_name: External
    secondary_id: str | None = None
    tertiary_id: str | None = None
    quaternary_id: str | None = None


class Note(Base):
    """What there is to say about a status."""

    title: str
    action_importance: Importance
    detail: str | None = None
    data: str | None = None
    data_deserialization_key: str | None = None
    action_to_take: str | None = None


class Message(Base):
    """The status of a component, and of everything below it."""

    component: General | MajorComponent | ExternalComponent
    status_message_type: MessageType
    status: Status
    epoch_seconds_timestamp: int
    iso8601_utc_timestamp: str
    notes: list[Note] = []
    sub_statuses: list["Message"] = []


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
PEER = Peer(
    "msgspec.Struct",
    msgspec.json.Encoder().encode,
    msgspec.json.Decoder(Message).decode,
    KINDS,
    ("msgspec",),
)
