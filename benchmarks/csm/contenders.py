"""Who takes part: `csm` with each of its engines, and its peers.

Only the list lives here; what a peer is, is in `benchmarks.peers`.
"""

from __future__ import annotations

from benchmarks.peers import (
    cattrs_attrs,
    json_dicts,
    mashumaro_classes,
    msgspec_structs,
    orjson_dicts,
    pydantic_models,
)
from benchmarks.peers.peer import Kinds, Peer
from csm import (
    ActionImportance,
    GeneralComponent,
    MajorComponent,
    MajorComponentType,
    MajorExternalComponent,
    MajorExternalComponentType,
    Note,
    Status,
    StatusMessage,
    StatusMessageSerializer,
    StatusMessageType,
)
from csm.codec.options import EngineName

_KINDS = Kinds(
    message=StatusMessage,
    note=Note,
    components={
        "GENERAL": GeneralComponent,
        "MAJOR": MajorComponent,
        "MAJOR_EXTERNAL": MajorExternalComponent,
    },
    words={
        "status": Status,
        "statusMessageType": StatusMessageType,
        "actionImportance": ActionImportance,
        "MAJOR": MajorComponentType,
        "MAJOR_EXTERNAL": MajorExternalComponentType,
    },
    derived=frozenset({"iso8601UtcTimestamp"}),
)
_fast = StatusMessageSerializer(engine="msgspec")
_plain = StatusMessageSerializer(engine="stdlib")
FAST = Peer("**csm**, with fast", _fast.to_json_bytes, _fast.from_json_bytes, _KINDS)
PLAIN = Peer("**csm**, without", _plain.to_json_string, _plain.from_json_bytes, _KINDS)

JSON = json_dicts.PEER
ORJSON = orjson_dicts.PEER
STRUCTS = msgspec_structs.PEER
PYDANTIC = pydantic_models.PEER
PEERS = (JSON, ORJSON, STRUCTS, PYDANTIC, cattrs_attrs.PEER, mashumaro_classes.PEER)
EVERYBODY = (*PEERS, FAST, PLAIN)


def engines() -> dict[str, EngineName]:
    """The engines of `csm`, by the names that they have in the tables."""
    return {FAST.name: "msgspec", PLAIN.name: "stdlib"}
