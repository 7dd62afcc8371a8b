"""Spring Boot Actuator's health, version 3 written, versions 2 and 3 read.

UP or DOWN, never a status of our own, since Actuator ignores those that are not in its order. The
exact status, the time and the notes stand in the details of a leaf; a node with nodes below has no
details there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

from csm.formats.fields import (
    JsonObject,
    an_object,
    document,
    encoded,
    members,
    required_text,
    text,
)
from csm.formats.format import Format
from csm.formats.parts import (
    EXACT,
    UNNAMED,
    exact_status,
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
from csm.note import Note
from csm.paths import member_path
from csm.vocabulary import Status

_READ: Final = {
    "up": Status.OK,
    "unknown": Status.WARN,
    "outofservice": Status.ERROR,
    "down": Status.ERROR,
}
_OWN: Final = (EXACT, "time", "notes")


def write(message: StatusMessage) -> bytes:
    """Return a message as Actuator answers it."""
    return encoded(_component(message))


def _component(node: StatusMessage) -> dict[str, Any]:
    found: dict[str, Any] = {"status": "UP" if is_well(node.status) else "DOWN"}
    if node.sub_statuses:
        names = unique(own_name(below) for below in node.sub_statuses)
        found["components"] = {
            name: _component(below) for name, below in zip(names, node.sub_statuses, strict=True)
        }
        return found
    details = {EXACT: node.status.name, "time": node.iso8601_utc_timestamp}
    if said := sentences(node.notes):
        details["notes"] = said
    return found | {"details": details}


def read(body: bytes) -> StatusMessage:
    """Return what Actuator answers as a message."""
    return _read(document(body), UNNAMED, "$", now())


def _read(found: JsonObject, name: str, path: str, at: int) -> StatusMessage:
    word = required_text(found, "status", path)
    status, notes = _status(word)
    key, children = _children(found, path)
    below = [
        _read(an_object(child, member_path(key, each)), each or UNNAMED, key, at)
        for each, child in children.items()
    ]
    notes += notes_of(text(found, "description", path))
    if not children:
        details = members(found, "details", path)
        status = exact_status(details.get(EXACT), status)
        own = {each: value for each in _OWN if isinstance(value := details.get(each), str)}
        at = seconds_of(own.get("time"), at)
        notes += notes_of(own.get("notes"))
        notes += tuple(_foreign(details, own))
    return general(name, status, at, notes, below)


def _status(word: str) -> tuple[Status, tuple[Note, ...]]:
    """Return the status of a code; one that an application has made up is no good news."""
    code = "".join(letter for letter in word.lower() if letter.isalnum())
    if code in _READ:
        return _READ[code], ()
    return Status.ERROR, (Note(title=f"the status is {word[:100]}"),)


def _children(found: JsonObject, path: str) -> tuple[str, JsonObject]:
    """Return the nodes below, which version 2 calls details, as it does the facts of a leaf."""
    if "components" in found:
        return f"{path}.components", members(found, "components", path)
    details = members(found, "details", path)
    is_node = details and all(
        isinstance(each, dict) and isinstance(cast("JsonObject", each).get("status"), str)
        for each in details.values()
    )
    return f"{path}.details", details if is_node else {}


def _foreign(details: JsonObject, own: JsonObject) -> Iterator[Note]:
    foreign = {key: value for key, value in details.items() if key not in own}
    if foreign:
        yield Note.with_payload(title="details", payload=foreign, key="json")


SPRING: Final = Format(
    "spring",
    ("application/vnd.spring-boot.actuator.v3+json",),
    write,
    read=read,
    also_read=("application/vnd.spring-boot.actuator.v2+json",),
    loses=(
        "the exact status, the time and the notes of a node with nodes below",
        "kinds of components and message types",
        "the name of the root",
        "the parts of a note and its data (a note becomes a line)",
        "unknown keys",
    ),
)
