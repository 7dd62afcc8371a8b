"""Changes in PostgreSQL: instances that are created and statuses that are set.

Here lives how those that arrive together become one statement, and so share one commit, whichever
of both they are. Who is sent with whom is decided in ``sharing``; verdicts are taken by the
statement, on the locked rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from statusek_server.outcomes import Code
from statusek_server.rules import Verdict
from statusek_server.storage.instances import NewEvent, NewInstance
from statusek_server.storage.postgres_pool import Pool
from statusek_server.storage.postgres_rows import Row, finish_of_row, hash_of
from statusek_server.storage.queries import queries
from statusek_server.storage.watchers import Watchers

SQL: Final = queries("postgres")

Change = NewInstance | NewEvent

Outcome = str | Verdict | None
"""The token of what was created, or the verdict; None where there is neither."""


@frozen(eq=False)
class Changes:
    """Makes changes that arrived together.

    Args:
        pool: The connections.
        origin: By what the listeners of other processes know this one.
        watchers: Who is told of what was changed.
    """

    _pool: Pool
    _origin: str
    _watchers: Watchers

    async def __call__(self, changes: Sequence[Change]) -> list[Outcome]:
        """Make changes, all or none of them, and return the outcome of each."""
        instances = [_create_row(change) for change in changes if isinstance(change, NewInstance)]
        events = [_set_row(change) for change in changes if isinstance(change, NewEvent)]
        rows = await self._pool.fetch(
            SQL["change"], *_columns(instances, 6), *_columns(events, 5), self._origin
        )
        self._watchers.tell([row["token"] for row in rows if row["is_changed"]])
        outcomes: dict[str, Outcome] = {
            row["token"]: _verdict(row) if row["outcome"] else row["created"] for row in rows
        }
        return [outcomes.get(change.token) for change in changes]


def subject_of(change: Change) -> object:
    """Return what may be only once among changes that are sent together."""
    if isinstance(change, NewInstance) and change.once:
        return change.once.key
    return change.token


def _columns(rows: Sequence[tuple[object, ...]], count: int) -> Sequence[Sequence[object]]:
    """Return rows as the arrays that a statement takes, empty ones where there is no row."""
    return tuple(zip(*rows, strict=True)) if rows else ((),) * count


def _create_row(instance: NewInstance) -> tuple[object, ...]:
    once = instance.once
    return (
        instance.token,
        instance.published.id,
        instance.timeout,
        instance.silence,
        once.key if once else None,
        once.body if once else None,
    )


def _set_row(event: NewEvent) -> tuple[object, ...]:
    once = event.once
    return (
        event.token,
        hash_of(event.status_name),
        event.message.encode(),
        once.key if once else None,
        once.body if once else None,
    )


def _verdict(row: Row) -> Verdict:
    if row["outcome"] == "REPLAY":
        return Verdict(Code.SUCCESS)
    code = Code(row["outcome"])
    finish = finish_of_row(row["finished_at"], row["new_reason"])
    if code not in (Code.SUCCESS, Code.INSTANCE_IS_FINISHED):
        finish = None
    return Verdict(code, finish=finish)
