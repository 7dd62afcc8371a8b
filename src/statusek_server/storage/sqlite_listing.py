"""Listing: many instances, read page by page from SQLite.

Here lives the way from a filter to groups of rows that an index has in order, and back to one
order; functions of one connection, run in the thread of a worker. What an instance is lives in
``sqlite_ledger``.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import product
from typing import Final

from statusek_server.outcomes import FinishReason
from statusek_server.storage.instances import Snapshot
from statusek_server.storage.pages import InstanceFilter, InstancePage, Position
from statusek_server.storage.queries import queries
from statusek_server.storage.sqlite_ledger import Ledger
from statusek_server.storage.sqlite_times import micros_of, moment_of

SQL: Final = queries("sqlite")

MOST_SEEN: Final = 2_000
"""Instances that are looked at for one page, so that no listing keeps other readers waiting."""

LARGEST: Final = 2**63 - 1

_Place = tuple[int, int, str]
"""When an instance was created, its number, and its token."""


def list_instances(
    connection: sqlite3.Connection,
    ledger: Ledger,
    wanted: InstanceFilter,
    after: Position | None,
    limit: int,
    now: datetime,
) -> InstancePage:
    """Return a page of instances, newest first."""
    found: list[Snapshot] = []
    last: _Place | None = None
    with _places(connection, wanted, after, now) as places:
        for count, place in enumerate(places):
            if last and (len(found) == limit or count == MOST_SEEN):
                return InstancePage(tuple(found), Position(moment_of(last[0]), last[2]))
            last = place
            seen = ledger.look(connection, place[2], now, events=False)
            if seen and _has_status(seen, wanted.status_name):
                found.append(seen)
    return InstancePage(tuple(found), None)


@contextmanager
def _places(
    connection: sqlite3.Connection,
    wanted: InstanceFilter,
    after: Position | None,
    now: datetime,
) -> Generator[Iterator[_Place]]:
    """Merge the groups of a listing, each of which an index has in order; read as they go."""
    row = {"object_name": wanted.object_name, "status_name": wanted.status_name}
    versions = connection.execute(SQL["list_versions"], row).fetchall()
    bounds = _bounds(wanted, after, now)
    cursors = [
        connection.execute(
            SQL["list_instances"], {"model_id": number, "finish_reason": reason, **bounds}
        )
        for [number], reason in product(versions, _reasons(wanted))
    ]
    try:
        yield heapq.merge(*cursors, reverse=True)
    finally:
        for cursor in cursors:
            cursor.close()  # an open one would keep what it reads from being checkpointed


def _reasons(wanted: InstanceFilter) -> Iterator[FinishReason | None]:
    for reason in (None, *FinishReason):
        is_right = wanted.reason in (None, reason)
        if is_right and wanted.is_finished in (None, reason is not None):
            yield reason


def _bounds(
    wanted: InstanceFilter, after: Position | None, now: datetime
) -> dict[str, int | str | None]:
    before = micros_of(after.created_at) if after else LARGEST
    return {
        "oldest": _ago(now, wanted.oldest, 0),
        "youngest": min(_ago(now, wanted.youngest, LARGEST), before),
        "before": before,
        "before_token": after.token if after else None,
    }


def _ago(now: datetime, seconds: int | None, otherwise: int) -> int:
    return otherwise if seconds is None else micros_of(now) - seconds * 1_000_000


def _has_status(seen: Snapshot, name: str | None) -> bool:
    # A version that was read before the object had the status does not know it.
    return name is None or seen.published.status_ids.get(name) in seen.facts.set_ids
