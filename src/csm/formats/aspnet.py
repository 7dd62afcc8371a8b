"""ASP.NET Core's health report as Xabaril's UI writes it.

Healthy, Degraded or Unhealthy; each node below the root is an entry, with the exact status in its
data.
"""

from __future__ import annotations

from typing import Any, Final

from csm.formats.fields import JsonObject, an_object, document, encoded, fail, members, text
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
from csm.paths import member_path
from csm.vocabulary import Status

_READ: Final = {"healthy": Status.OK, "degraded": Status.WARN, "unhealthy": Status.ERROR}
_NO_TIME: Final = "00:00:00"
_ROOT: Final = "csmRoot"


def write(message: StatusMessage) -> bytes:
    """Return a message as a health report."""
    entries = {own_name(message): _entry(message, is_root=True)}
    for name, node in flattened(message):
        # The root's own entry comes first; a node of the same name stands beside it.
        entries[name if name not in entries else f"{name} (below)"] = _entry(node, is_root=False)
    return encoded({"status": _word(message.status), "totalDuration": _NO_TIME, "entries": entries})


def _entry(node: StatusMessage, *, is_root: bool) -> dict[str, Any]:
    data: dict[str, Any] = {EXACT: node.status.name, "time": node.iso8601_utc_timestamp}
    if is_root:
        data[_ROOT] = True
    said = sentences(node.notes)
    return {
        "data": data,
        **({"description": said} if said else {}),
        "duration": _NO_TIME,
        "status": _word(node.status),
        "tags": [],
    }


def _word(status: Status) -> str:
    if not is_well(status):
        return "Unhealthy"
    return "Healthy" if status is Status.OK else "Degraded"


def read(body: bytes) -> StatusMessage:
    """Return a health report as a message."""
    found = _lowered(document(body))
    at = now()
    root = general(UNNAMED, _status(found, "$"), at, ())
    below: list[StatusMessage] = []
    for name, value in members(found, "entries", "$").items():
        path = member_path("$.entries", name)
        entry = _lowered(an_object(value, path))
        node = _read(name or UNNAMED, entry, path, at)
        if members(entry, "data", path).get(_ROOT) is True:
            root = node.replace(status=exact_status(node.status.name, root.status))
        else:
            below.append(node)
    return root.replace(sub_statuses=tuple(below))


def _read(name: str, entry: JsonObject, path: str, at: int) -> StatusMessage:
    data = dict(members(entry, "data", path))
    status = exact_status(data.pop(EXACT, None), _status(entry, path))
    moment = data.pop("time", None)
    data.pop(_ROOT, None)
    notes = [*notes_of(text(entry, "description", path)), *notes_of(text(entry, "exception", path))]
    if data:
        notes.append(Note.with_payload(title="data", payload=data, key="json"))
    return general(name, status, seconds_of(moment if isinstance(moment, str) else None, at), notes)


def _status(found: JsonObject, path: str) -> Status:
    word = text(found, "status", path) or ""
    if word.lower() not in _READ:
        fail(f"{path}.status", "must be Healthy, Degraded or Unhealthy", word)
    return _READ[word.lower()]


def _lowered(found: JsonObject) -> JsonObject:
    """Return an object with its keys as documented; readers of .NET ignore their case."""
    return {f"{key[:1].lower()}{key[1:]}": value for key, value in found.items()}


ASPNET: Final = Format(
    "aspnet",
    ("application/vnd.aspnet.health+json",),
    write,
    read=read,
    loses=(
        "the tree (nodes become entries named by their paths)",
        "kinds of components and message types",
        "the parts of a note and its data (a note becomes a line)",
        "how long checks took, which a message does not say",
        "unknown keys",
    ),
)
