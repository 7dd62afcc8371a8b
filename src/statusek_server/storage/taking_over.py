"""Taking over: what becomes of an instance that has lived elsewhere, be it here already or not.

Here lives the pure decision, which both storages take on the locked row.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from attrs import frozen

from statusek_server.rules import Finish
from statusek_server.storage.protocol import Imported, ImportedEvent, Taken


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
