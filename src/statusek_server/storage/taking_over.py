"""Taking over: what becomes of an instance that has lived elsewhere, be it here already or not.

Here live what it was elsewhere, and the pure decision, which both storages take on the locked row.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime
from enum import StrEnum

from attrs import frozen

from statusek_server.models import StatusModel
from statusek_server.rules import Finish


@frozen
class ImportedEvent:
    """A status that was set elsewhere.

    Args:
        status_name: The status.
        message: The text that came with it.
        created_at: When it was set.
    """

    status_name: str
    message: str
    created_at: datetime


@frozen
class Imported:
    """An instance that has lived elsewhere.

    Args:
        token: Its name.
        model: What it runs on.
        created_at: When it was created.
        deadline: When its life ends.
        events: What was set, each status once, in order.
        finish: How it was finished, or None.
    """

    token: str
    model: StatusModel
    created_at: datetime
    deadline: datetime
    events: tuple[ImportedEvent, ...] = ()
    finish: Finish | None = None


class Taken(StrEnum):
    """What became of an instance that was to be taken over."""

    ADDED = "added"
    EXTENDED = "extended"
    UNCHANGED = "unchanged"
    GONE_ON = "gone on here"
    ANOTHER = "another one here"


@frozen
class Held:
    """What is here under a token.

    Args:
        created_at: When it was created.
        statuses: The names of what is set.
        is_finished: Whether it is finished.
    """

    created_at: datetime
    statuses: AbstractSet[str]
    is_finished: bool


@frozen
class Decision:
    """What is to be done.

    Args:
        taken: What it is called.
        events: The events to add.
        finish: The finish to keep, or None.
    """

    taken: Taken
    events: tuple[ImportedEvent, ...] = ()
    finish: Finish | None = None

    @property
    def ending_event(self) -> ImportedEvent | None:
        """The event that finishes the instance; None where time or nobody does."""
        return self.events[-1] if self.events and self.finish and self.finish.is_by_status else None


def decide(held: Held | None, imported: Imported) -> Decision:
    """Return what becomes of an instance; what callers were told here is never changed.

    Args:
        held: What is here under its token, or None.
        imported: What it has become elsewhere.
    """
    if held is None:
        return Decision(Taken.ADDED, imported.events, imported.finish)
    if held.created_at != imported.created_at:
        return Decision(Taken.ANOTHER)
    missing = tuple(e for e in imported.events if e.status_name not in held.statuses)
    known = {event.status_name for event in imported.events}
    if held.statuses - known or (held.is_finished and missing):
        return Decision(Taken.GONE_ON)
    if missing or (imported.finish and not held.is_finished):
        return Decision(Taken.EXTENDED, missing, imported.finish)
    return Decision(Taken.UNCHANGED)
