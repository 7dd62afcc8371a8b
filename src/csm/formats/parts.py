"""Parts: what formats without a tree, or without our words, make of the nodes of a message.

Here live names that are unique among siblings or in the whole tree, the texts of notes, times, and
the way from a foreign verdict to a status.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from csm.component import GeneralComponent
from csm.identity import ids_of, name_of
from csm.message import StatusMessage
from csm.note import Note
from csm.timestamps import epoch_from_iso
from csm.tree import walk
from csm.vocabulary import Status

_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}")

EXACT: Final = "csmStatus"
"""Under this name the exact status stands, where a format has room for it."""

UNNAMED: Final = "application"
"""The component of a message that is read from a format which does not name its root."""


def is_well(status: Status) -> bool:
    """Return whether a status means that an application works; one that is not known does not."""
    return status in (Status.OK, Status.WARN)


def own_name(message: StatusMessage) -> str:
    """Return the name of a component with its ids."""
    return "/".join((name_of(message.component), *ids_of(message.component)))


def unique(names: Iterable[str]) -> Iterator[str]:
    """Yield names, a later one of the same name with a number."""
    seen: Counter[str] = Counter()
    taken: set[str] = set()
    for name in names:
        candidate = name
        while candidate in taken:
            seen[name] += 1
            candidate = f"{name} ({seen[name] + 1})"
        taken.add(candidate)
        yield candidate


def flattened(message: StatusMessage) -> list[tuple[str, StatusMessage]]:
    """Return every node below the root with a name that says where it is, no two alike."""
    below = list(walk(message))[1:]
    paths = (
        " > ".join("/".join((name_of(part), *ids_of(part))) for part in path[1:])
        for path, _ in below
    )
    return list(zip(unique(paths), (node for _, node in below), strict=True))


def sentences(notes: Iterable[Note]) -> str:
    """Return what notes say, a line each."""
    return "\n".join(sentence(note) for note in notes)


def sentence(note: Note) -> str:
    """Return what a note says, on one line: title, detail, what to do."""
    parts = [note.title]
    if note.detail:
        parts.append(note.detail)
    said = ": ".join(parts)
    return f"{said} (to do: {note.action_to_take})" if note.action_to_take else said


def notes_of(said: str | None) -> tuple[Note, ...]:
    """Return lines as notes."""
    lines = (line.strip() for line in (said or "").splitlines())
    return tuple(Note(title=line) for line in lines if line)


def exact_status(value: object, otherwise: Status) -> Status:
    """Return the status of that name, if it says no less than a foreign verdict does.

    Args:
        value: What stands where the exact status may.
        otherwise: What the format itself says.
    """
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        return otherwise
    exact = Status[value] if value in Status.__members__ else Status.kept(value)
    return exact if is_well(exact) == is_well(otherwise) else otherwise


def seconds_of(moment: str | None, otherwise: int) -> int:
    """Return a foreign time in seconds, or another where it is missing or not understood."""
    found = epoch_from_iso(moment) if moment else None
    return otherwise if found is None else found


def now() -> int:
    """Return the present second, the time of what is read from a format without times."""
    return int(datetime.now(UTC).timestamp())


def general(
    name: str, status: Status, at: int, notes: Iterable[Note], below: Iterable[StatusMessage] = ()
) -> StatusMessage:
    """Return a message about a general component, which is all that foreign names are."""
    return StatusMessage(
        component=GeneralComponent(component_name=name),
        status=status,
        epoch_seconds_timestamp=at,
        notes=tuple(notes),
        sub_statuses=tuple(below),
    )
