"""Listing: many instances, read page by page from SQLite.

Here lives the way from a filter to groups of rows that an index has in order, and back to one
order; functions of one connection, run in the thread of a worker. What a row means lives in
``sqlite_ledger``.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from statusek_server.outcomes import FinishReason
from statusek_server.storage.protocol import (
    InstanceFilter,
    InstancePage,
    Position,
    Snapshot,
)
from statusek_server.storage.queries import queries
from statusek_server.storage.sqlite_ledger import Ledger, Row
from statusek_server.storage.sqlite_times import micros_of

SQL: Final = queries("sqlite")

MOST_SEEN: Final = 10_000
"""Instances that are looked at for one page, so that no listing keeps other readers waiting."""

LARGEST: Final = 2**63 - 1


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
    last: Row | None = None
    with _rows(connection, ledger, wanted, after, now) as rows:
        for seen, row in enumerate(rows):
            if last and (len(found) == limit or seen == MOST_SEEN):
                return InstancePage(tuple(found), Position(last.created_at, last.id))
            last = row
            if _is_wanted(row, wanted):
                found.append(_snapshot(row, now))
    return InstancePage(tuple(found), None)


@contextmanager
def _rows(
    connection: sqlite3.Connection,
    ledger: Ledger,
    wanted: InstanceFilter,
    after: Position | None,
    now: datetime,
) -> Generator[Iterator[Row]]:
    """Merge the groups of a listing, each of which an index has in order; read as they go."""
    bounds = _bounds(wanted, after, now)
    cursors = [
        connection.execute(SQL["list_instances"], {**group, **bounds})
        for group in _groups(connection, ledger, wanted)
    ]
    groups = [_read(connection, ledger, cursor) for cursor in cursors]
    try:
        yield heapq.merge(*groups, key=lambda row: (row.created_at, row.id), reverse=True)
    finally:
        for cursor in cursors:
            cursor.close()  # an open one would keep what it reads from being checkpointed


def _groups(
    connection: sqlite3.Connection, ledger: Ledger, wanted: InstanceFilter
) -> Iterator[dict[str, object]]:
    found = connection.execute(SQL["list_versions"], {"object_name": wanted.object_name})
    name = wanted.status_name
    for [number] in found.fetchall():
        if name is None or name in ledger.version(connection, number).status_ids:
            for reason in _reasons(wanted):
                yield {"model_id": number, "finish_reason": reason}


def _reasons(wanted: InstanceFilter) -> Iterator[FinishReason | None]:
    for reason in (None, *FinishReason):
        is_right = wanted.reason in (None, reason)
        if is_right and wanted.is_finished in (None, reason is not None):
            yield reason


def _bounds(wanted: InstanceFilter, after: Position | None, now: datetime) -> dict[str, int]:
    oldest = _ago(now, wanted.oldest, 0)
    youngest = _ago(now, wanted.youngest, LARGEST)
    before, before_id = (micros_of(after.created_at), after.number) if after else (LARGEST, 0)
    return {
        "oldest": oldest,
        "youngest": min(youngest, before),
        "before": before,
        "before_id": before_id,
    }


def _ago(now: datetime, seconds: int | None, otherwise: int) -> int:
    return otherwise if seconds is None else micros_of(now) - seconds * 1_000_000


def _read(connection: sqlite3.Connection, ledger: Ledger, cursor: sqlite3.Cursor) -> Iterator[Row]:
    for *columns, token in cursor:
        yield ledger.row_of(connection, token, columns)


def _is_wanted(row: Row, wanted: InstanceFilter) -> bool:
    if wanted.status_name is None:
        return True
    return row.published.status_ids[wanted.status_name] in row.facts.set_ids


def _snapshot(row: Row, now: datetime) -> Snapshot:
    return Snapshot(row.token, row.published, row.facts, row.created_at, row.deadline, now)
