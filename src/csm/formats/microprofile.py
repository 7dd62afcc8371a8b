"""Eclipse MicroProfile Health: UP or DOWN, and a list of checks with plain data.

Its root admits nothing else, so the root of a message is a check like the others, the first one.
"""

from __future__ import annotations

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
    EXACT,
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
)
from csm.message import StatusMessage
from csm.note import Note
from csm.paths import element_path
from csm.vocabulary import Status

_READ: Final = {"UP": Status.OK, "DOWN": Status.ERROR}
_ROOT: Final = "csmRoot"


def write(message: StatusMessage) -> bytes:
    """Return a message as a health response."""
    root = _check(own_name(message), message)
    root["data"][_ROOT] = True
    checks = [root, *(_check(name, node) for name, node in flattened(message))]
    return encoded({"status": _word(message.status), "checks": checks})


def _check(name: str, node: StatusMessage) -> dict[str, Any]:
    data = {EXACT: node.status.name, "time": node.iso8601_utc_timestamp}
    if said := sentences(node.notes):
        data["notes"] = said
    return {"name": name, "status": _word(node.status), "data": data}


def _word(status: Status) -> str:
    return "UP" if is_well(status) else "DOWN"


def read(body: bytes) -> StatusMessage:
    """Return a health response as a message."""
    found = document(body)
    at = now()
    root = general(UNNAMED, _status(found, "$"), at, ())
    below: list[StatusMessage] = []
    for number, value in enumerate(items(found, "checks", "$")):
        path = element_path("$.checks", number)
        check = an_object(value, path)
        node = _read(check, path, at)
        if members(check, "data", path).get(_ROOT) is True:
            root = node.replace(status=exact_status(node.status.name, root.status))
        else:
            below.append(node)
    return root.replace(sub_statuses=tuple(below))


def _read(check: JsonObject, path: str, at: int) -> StatusMessage:
    data = dict(members(check, "data", path))
    status = exact_status(data.pop(EXACT, None), _status(check, path))
    data.pop(_ROOT, None)
    own = {key: data.pop(key) for key in ("time", "notes") if isinstance(data.get(key), str)}
    notes = [*notes_of(own.get("notes"))]
    if data:
        notes.append(Note.with_payload(title="data", payload=data, key="json"))
    name = required_text(check, "name", path)
    return general(name, status, seconds_of(own.get("time"), at), notes)


def _status(found: JsonObject, path: str) -> Status:
    word = text(found, "status", path)
    if word not in _READ:
        fail(f"{path}.status", "must be UP or DOWN", word)
    return _READ[word]


MICROPROFILE: Final = Format(
    "microprofile",
    ("application/vnd.microprofile.health+json",),
    write,
    read=read,
    loses=(
        "the tree (nodes become checks named by their paths)",
        "kinds of components and message types",
        "the parts of a note and its data (a note becomes a line)",
        "unknown keys",
    ),
)
