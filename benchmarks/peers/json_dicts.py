"""The standard library's json on dicts, which checks nothing."""

import json
from functools import partial
from typing import Any

from benchmarks.peers.peer import Kinds, Peer, as_is


def encode(plain: Any) -> str:  # noqa: ANN401
    """The same text that `csm` writes."""
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


KINDS = Kinds(
    message=dict,
    note=dict,
    components={
        kind: partial(dict, componentType=kind) for kind in ("GENERAL", "MAJOR", "MAJOR_EXTERNAL")
    },
    keyword=as_is,
)
PEER = Peer("json, dicts", encode, json.loads, KINDS)
