"""Changes: what has happened in all instances, read page by page from SQLite.

Here live functions of one connection, run in the thread of a worker, and the marks by which a
follower goes on: two numbers that only grow, one of events and one of ends by time. Since one lock
orders all writers, what a reader sees has no gaps.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from statusek_server.outcomes import FinishReason
from statusek_server.storage.instances import Snapshot, StoredEvent
from statusek_server.storage.pages import Change, ChangePage
from statusek_server.storage.queries import queries
from statusek_server.storage.sqlite_ledger import Ledger
from statusek_server.storage.sqlite_times import EPOCH, moment_of

SQL: Final = queries("sqlite")

LARGEST_PAGE: Final = 1024 * 1024
"""Characters of messages after which a page ends early."""

_Mark = tuple[int, int]
_MARK: Final = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")


def list_changes(
    connection: sqlite3.Connection, ledger: Ledger, after: str | None, limit: int
) -> ChangePage | None:
    """Return a page of changes, or None where the mark is not one."""
    present: _Mark = connection.execute(SQL["get_present_mark"]).fetchone()
    if after is None:
        return ChangePage((), _mark(*present), is_last=True)
    mark = _read_mark(after, present)
    return None if mark is None else _page(connection, ledger, mark, limit)


def _mark(event_id: int, timeout_id: int) -> str:
    return f"{event_id}-{timeout_id}"


def _read_mark(text: str, present: _Mark) -> _Mark | None:
    found = _MARK.fullmatch(text)
    if found is None:
        return None
    mark = int(found[1]), int(found[2])
    # One from ahead is of another database.
    return None if mark[0] > present[0] or mark[1] > present[1] else mark


def _page(connection: sqlite3.Connection, ledger: Ledger, after: _Mark, limit: int) -> ChangePage:
    event_id, timeout_id = after
    # Read before the events, so that whatever time has finished has its events among them.
    row = {"after": timeout_id, "limit": limit}
    timeouts = connection.execute(SQL["list_timeouts"], row).fetchall()
    events, is_last = _events(connection, event_id, limit)
    changes = [_set(connection, ledger, row, timeout_id) for row in events]
    event_id = events[-1][0] if events else event_id
    if is_last:
        changes += [_timed_out(connection, ledger, row, event_id) for row in timeouts]
        timeout_id = timeouts[-1][0] if timeouts else timeout_id
        is_last = len(timeouts) < limit
    told = tuple(change for change in changes if change is not None)
    return ChangePage(told, _mark(event_id, timeout_id), is_last)


def _events(
    connection: sqlite3.Connection, after: int, limit: int
) -> tuple[list[Sequence[Any]], bool]:
    """Return the events that fit into a page, and whether they are all there are."""
    cursor = connection.execute(SQL["list_events"], {"after": after, "limit": limit})
    events: list[Sequence[Any]] = []
    size = 0
    for row in cursor:
        events.append(row)
        size += len(row[3])
        if size > LARGEST_PAGE:
            cursor.close()
            return events, False
    return events, len(events) < limit


def _set(
    connection: sqlite3.Connection, ledger: Ledger, row: Sequence[Any], timeout_id: int
) -> Change | None:
    number, token, status_id, message, created_at = row
    seen = _seen(connection, ledger, token)
    if seen is None:
        return None
    finish = seen.facts.finish
    # Time finishes without an event, and every other finish comes with the last one.
    is_end = (
        finish and finish.reason != FinishReason.TIMEOUT and seen.facts.set_ids[-1] == status_id
    )
    event = StoredEvent(status_id, message, moment_of(created_at))
    mark = _mark(number, timeout_id)
    return Change(token, seen.published, event, finish if is_end else None, mark)


def _timed_out(
    connection: sqlite3.Connection, ledger: Ledger, row: Sequence[Any], event_id: int
) -> Change | None:
    number, token = row
    seen = _seen(connection, ledger, token)
    if seen is None:
        return None
    return Change(token, seen.published, None, seen.facts.finish, _mark(event_id, number))


def _seen(connection: sqlite3.Connection, ledger: Ledger, token: str) -> Snapshot | None:
    """Return an instance; None where it was purged since its event was read."""
    # Its moment does not matter: what has finished the instance is stored.
    return ledger.look(connection, token, EPOCH, events=False)
