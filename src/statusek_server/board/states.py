"""States: how each status of a model stands in one instance.

Here live pure functions over what the rules know; the words and signs in which a page shows them
live beside the pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from statusek_server.models import Status, StatusType
from statusek_server.outcomes import Code
from statusek_server.rules import verdict
from statusek_server.storage.instances import Snapshot


class State(StrEnum):
    """How a status stands."""

    SET = "set"
    STOPPED = "stopped"
    NEXT = "next"
    EXPECTED = "expected"
    POSSIBLE = "possible"
    MISSING = "missing"
    UNUSED = "unused"


def states(seen: Snapshot) -> Mapping[str, State]:
    """Return how each status of an instance stands, by name, in the order of the model.

    Args:
        seen: The instance.
    """
    return {status.name: _state(seen, status) for status in seen.published.model.statuses}


def _state(seen: Snapshot, status: Status) -> State:
    if seen.published.status_ids[status.name] in seen.facts.set_ids:
        return State.STOPPED if status.type is StatusType.STOP else State.SET
    is_needed = status.type is StatusType.MANDATORY
    if seen.facts.finish is not None:
        return State.MISSING if is_needed else State.UNUSED
    given = verdict(seen.published.compiled, seen.facts, status.name, seen.seen_at)
    if given.code is Code.SUCCESS:
        return State.NEXT
    return State.EXPECTED if is_needed else State.POSSIBLE
