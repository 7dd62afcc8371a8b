"""`application/health+json`, the IETF draft "Health Check Response Format for HTTP APIs" (06).

The whole is pass, warn or fail; each node below is an entry of `checks` under the key
`COMPONENT:csmStatus`, whose observed value is the exact status. The root has such an entry, too.
"""

from __future__ import annotations

from collections.abc import Iterator
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
    sentence,
    sentences,
)
from csm.message import StatusMessage
from csm.note import Note
from csm.paths import element_path, member_path
from csm.vocabulary import Status

_READ: Final = {
    "pass": Status.OK,
    "ok": Status.OK,
    "up": Status.OK,
    "warn": Status.WARN,
    "fail": Status.ERROR,
    "error": Status.ERROR,
    "down": Status.ERROR,
}


def write(message: StatusMessage) -> bytes:
    """Return a message as a health response."""
    nodes = [(own_name(message), message), *flattened(message)]
    checks: dict[str, list[dict[str, Any]]] = {}
    for name, node in nodes:
        # The two parts of a key are told apart by its colon.
        checks.setdefault(f"{name.replace(':', ' ')}:{EXACT}", []).append(_check(name, node))
    found = {
        "status": _word(message.status),
        "description": own_name(message),
        "notes": [sentence(note) for note in message.notes],
        "checks": checks,
    }
    return encoded({key: value for key, value in found.items() if value})


def _check(name: str, node: StatusMessage) -> dict[str, Any]:
    said = sentences(node.notes)
    return {
        "componentId": name,
        "componentType": "component",
        "observedValue": node.status.name,
        "status": _word(node.status),
        "time": node.iso8601_utc_timestamp,
        **({"output": said} if said else {}),
    }


def _word(status: Status) -> str:
    if not is_well(status):
        return "fail"
    return "pass" if status is Status.OK else "warn"


def read(body: bytes) -> StatusMessage:
    """Return a health response as a message."""
    found = document(body)
    name = text(found, "description", "$") or text(found, "serviceId", "$") or UNNAMED
    status, at = _status(found, "$"), now()
    notes = [*notes_of(text(found, "output", "$")), *_notes(found)]
    below: list[StatusMessage] = []
    is_found = False
    for each in _checks(found, at):
        if each.is_exact and each.name == name and not is_found:
            is_found = True  # a node of the same name comes after the root
            status = exact_status(each.message.status.name, status)
            at = each.message.epoch_seconds_timestamp
        else:
            below.append(each.message)
    return general(name, status, at, notes, below)


class _Read:
    """An entry of `checks` as a message.

    Attributes:
        name: Its component.
        message: What it says.
        is_exact: Whether it was written by this module.
    """

    def __init__(self, name: str, message: StatusMessage, *, is_exact: bool) -> None:
        self.name = name
        self.message = message
        self.is_exact = is_exact


def _checks(found: JsonObject, at: int) -> Iterator[_Read]:
    for key, entries in members(found, "checks", "$").items():
        path = member_path("$.checks", key)
        component, _, measurement = key.partition(":")
        for number, value in enumerate(items({"": entries}, "", path)):
            yield _read_check(
                component or UNNAMED, measurement, an_object(value, element_path(path, number)), at
            )


def _read_check(component: str, measurement: str, entry: JsonObject, at: int) -> _Read:
    path = member_path("$.checks", f"{component}:{measurement}")
    is_exact = measurement == EXACT
    name = text(entry, "componentId", path) if is_exact else None
    status = _status(entry, path) if "status" in entry else Status.OK
    observed = entry.get("observedValue")
    notes = [*notes_of(text(entry, "output", path))]
    if is_exact:
        status = exact_status(observed, status)
    elif observed is not None:
        unit = text(entry, "observedUnit", path) or ""
        notes.append(Note(title=f"{measurement or 'observed'}: {observed} {unit}".rstrip()))
    seconds = seconds_of(text(entry, "time", path), at)
    name = name or component
    return _Read(name, general(name, status, seconds, notes), is_exact=is_exact)


def _status(found: JsonObject, path: str) -> Status:
    word = required_text(found, "status", path)
    if word.lower() not in _READ:
        fail(f"{path}.status", "must be pass, warn or fail", word)
    return _READ[word.lower()]


def _notes(found: JsonObject) -> Iterator[Note]:
    for number, note in enumerate(items(found, "notes", "$")):
        if not isinstance(note, str):
            fail(element_path("$.notes", number), "must be a string", note)
        yield from notes_of(note)


HEALTH_JSON: Final = Format(
    "health+json",
    ("application/health+json",),
    write,
    read=read,
    loses=(
        "the tree (nodes become entries named by their paths)",
        "kinds of components and message types",
        "the parts of a note and its data (a note becomes a line)",
        "unknown keys",
    ),
)
