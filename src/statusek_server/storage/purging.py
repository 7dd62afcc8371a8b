"""Purging: which instances are old, and what became of them.

Here live the values; the steps live with each storage, and the rests between them with the command.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class Old:
    """Which instances are to be purged.

    Args:
        age: Seconds since the end of the youngest, which for an open one is when it was due.
        with_open: Whether those go, too, that are neither finished nor due, but were created that
            long ago.
    """

    age: int
    with_open: bool = False


@frozen
class Purged:
    """What one step of a purge has removed, or would.

    Args:
        instances: How many instances.
        events: How many events of theirs.
    """

    instances: int
    events: int
