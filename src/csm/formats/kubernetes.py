"""Kubernetes conditions: a list keyed by type, each True, False or Unknown.

The exact status is in the reason (`CsmWARN`), the component and its notes in the message. Types of
conditions must be unique and are short words, so they are made of the names.
"""

from __future__ import annotations

import re
from typing import Any, Final

from csm.formats.fields import (
    JsonObject,
    an_object,
    document,
    encoded,
    fail,
    items,
    members,
    required_text,
    text,
)
from csm.formats.format import Format
from csm.formats.parts import (
    UNNAMED,
    exact_status,
    flattened,
    general,
    is_well,
    notes_of,
    now,
    own_name,
    seconds_of,
    sentences,
    unique,
)
from csm.message import StatusMessage
from csm.paths import element_path
from csm.vocabulary import Status

_LONGEST_TYPE: Final = 300
_LONGEST_MESSAGE: Final = 32_768
_LONGEST_REASON: Final = 1_024
_REASON: Final = "Csm"
_WORD: Final = re.compile(r"[A-Za-z0-9]+")
_READ: Final = {"True": Status.OK, "False": Status.ERROR, "Unknown": Status.WARN}


def write(message: StatusMessage) -> bytes:
    """Return a message as conditions, the first of which is the root's."""
    nodes = [(own_name(message), message), *flattened(message)]
    types = unique(_type(name) for name, _ in nodes)
    conditions = [
        _condition(kind, name, node) for kind, (name, node) in zip(types, nodes, strict=True)
    ]
    return encoded({"conditions": conditions})


def _type(name: str) -> str:
    """Return a name as a word, such as `QueueBroker2`."""
    words = "".join(word[:1].upper() + word[1:] for word in _WORD.findall(name))
    return (words or "Component")[:_LONGEST_TYPE]


def _condition(kind: str, name: str, node: StatusMessage) -> dict[str, Any]:
    said = "\n".join(filter(None, (name, sentences(node.notes))))
    return {
        "type": kind.replace(" (", "-").rstrip(")"),  # of those that are alike the second is X-2
        "status": "Unknown" if not node.status.is_known else str(is_well(node.status)),
        "lastTransitionTime": node.iso8601_utc_timestamp,
        "reason": f"{_REASON}{node.status.name}"[:_LONGEST_REASON],
        "message": said[:_LONGEST_MESSAGE],
    }


def read(body: bytes) -> StatusMessage:
    """Return conditions as a message; of an object that has them, or of its status.

    A condition whose True is bad news, such as MemoryPressure, reads as such only by name: there is
    nothing in the format that tells.
    """
    found = document(body)
    holder = found if "conditions" in found else members(found, "status", "$")
    if "conditions" not in holder:
        fail("$.conditions", "is missing")
    at = now()
    nodes = [
        _read(an_object(value, path), path, at)
        for number, value in enumerate(items(holder, "conditions", "$"))
        for path in [element_path("$.conditions", number)]
    ]
    if nodes and nodes[0][0]:
        root = nodes[0][1]
        return root.replace(sub_statuses=tuple(node for _, node in nodes[1:]))
    below = tuple(node for _, node in nodes)
    worst = Status.worst(node.status for node in below) if below else Status.WARN
    return general(UNNAMED, worst, at, (), below)


def _read(condition: JsonObject, path: str, at: int) -> tuple[bool, StatusMessage]:
    """Return whether a condition was written by this module, and what it says."""
    name = required_text(condition, "type", path)
    word = required_text(condition, "status", path)
    if word not in _READ:
        fail(f"{path}.status", "must be True, False or Unknown", word)
    status = _READ[word]
    reason = text(condition, "reason", path) or ""
    said = text(condition, "message", path) or ""
    is_own = reason.startswith(_REASON)
    if is_own:
        told = Status.ERROR if word == "Unknown" else status
        status = exact_status(reason.removeprefix(_REASON), told)
        first, _, said = said.partition("\n")
        name = first or name
    elif reason:
        said = f"{reason}: {said}" if said else reason
    seconds = seconds_of(text(condition, "lastTransitionTime", path), at)
    return is_own, general(name, status, seconds, notes_of(said))


KUBERNETES: Final = Format(
    "kubernetes",
    ("application/vnd.kubernetes.conditions+json",),
    write,
    read=read,
    loses=(
        "the tree (nodes become conditions named by their paths)",
        "kinds of components and message types",
        "the parts of a note and its data (a note becomes a line)",
        "what is beyond 32,768 characters of a message",
        "unknown keys",
    ),
)
