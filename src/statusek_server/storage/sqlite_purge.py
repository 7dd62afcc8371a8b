"""Purging: old instances go, step by step, from SQLite.

Here live functions of one connection that holds the write lock, run in the thread of a worker, and
the places where the next step goes on. How many steps there are, and what comes between them, lives
in ``sqlite``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import product
from typing import Final, TypeAlias

from attrs import frozen

from statusek_server.outcomes import FinishReason
from statusek_server.storage.purging import Old, Purged
from statusek_server.storage.queries import queries
from statusek_server.storage.sqlite_times import micros_of

SQL: Final = queries("sqlite")

Place: TypeAlias = tuple[int, int]
"""How far a group has been looked at: when the last instance was created, and its number."""

BEGIN: Final[Place] = (-1, -1)

_Row: TypeAlias = tuple[int, int, int]
"""The number of an instance, when it was created, and when it ended or was due."""


@frozen
class Group:
    """The instances of a version of a model that are open (None) or finished in one way."""

    model_id: int
    reason: FinishReason | None


@frozen
class Step:
    """What a step came to.

    Args:
        purged: What has been removed.
        place: Where the next step in the group goes on, or None at its end.
    """

    purged: Purged
    place: Place | None


def groups(connection: sqlite3.Connection) -> Sequence[Group]:
    """Return every group that may have instances."""
    row = {"object_name": None, "status_name": None}
    versions = connection.execute(SQL["list_versions"], row).fetchall()
    return [Group(number, reason) for [number], reason in product(versions, (None, *FinishReason))]


def purge(
    connection: sqlite3.Connection,
    old: Old,
    group: Group,
    place: Place,
    limit: int,
    now: datetime,
    *,
    is_dry: bool,
) -> Step:
    """Remove what is old among the next instances of a group."""
    bound = micros_of(now) - old.age * 1_000_000
    at = {"created_at": place[0], "id": place[1], "bound": bound, "limit": limit}
    group_row = {"model_id": group.model_id, "finish_reason": group.reason}
    seen: list[_Row] = connection.execute(SQL["list_old"], {**at, **group_row}).fetchall()
    all_go = old.with_open and group.reason is None
    kept = {number for [number] in connection.execute(SQL["get_newest"])}
    found = [
        {"id": number}
        for number, _, ended_at in seen
        if (all_go or ended_at <= bound) and number not in kept
    ]
    purged = Purged(len(found), sum(_counts(connection, found)))
    if not is_dry:
        for query in ("remove_events", "remove_timeout", "remove_instance"):
            connection.executemany(SQL[query], found)
    return Step(purged, (seen[-1][1], seen[-1][0]) if len(seen) == limit else None)


def _counts(connection: sqlite3.Connection, rows: Sequence[Mapping[str, int]]) -> Iterator[int]:
    for row in rows:
        [count] = connection.execute(SQL["count_events"], row).fetchone()
        yield count
