"""The ledger: the rows of SQLite and the values of the protocol, translated into each other.

Here live functions of one connection and one moment, run in the thread of a worker; whoever calls
those that write holds the write lock. Threads, queues and the clock live in ``sqlite`` and
``worker``, statements in ``sql/sqlite``, rules in ``rules``.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, TypeVar, cast

from attrs import define, evolve, field, frozen

from statusek_server.models import StatusModel
from statusek_server.outcomes import Code, FinishReason
from statusek_server.rules import (
    Facts,
    Finish,
    Verdict,
    due_at,
    finish_of,
    sign_of_life,
    verdict,
)
from statusek_server.storage.instances import (
    KEY_LIFE,
    NewEvent,
    NewInstance,
    Once,
    Snapshot,
    StoredEvent,
)
from statusek_server.storage.queries import queries
from statusek_server.versions import PublishedModel, definition_of, fingerprint_of, model_of

SQL: Final = queries("sqlite")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)

T = TypeVar("T")


@frozen
class Row:
    """One row of the table of instances."""

    id: int
    token: str
    published: PublishedModel
    created_at: datetime
    deadline: datetime
    silence: int | None
    facts: Facts


@frozen
class First:
    """What was done for a key.

    Args:
        token: The instance that was created or changed.
        is_same: Whether the key comes with the same body again.
    """

    token: str
    is_same: bool


@frozen
class Changed(Generic[T]):
    """What came of a piece of work that may have changed instances.

    Args:
        value: Its result.
        tokens: The instances in which it stored an event, or which it finished.
    """

    value: T
    tokens: tuple[str, ...] = ()


@define(eq=False)
class Ledger:
    """What is stored, as values; both threads of a storage share one, which remembers versions."""

    _versions: dict[int, PublishedModel] = field(factory=dict, init=False)

    def publish(
        self, connection: sqlite3.Connection, models: Sequence[StatusModel], now: datetime
    ) -> Mapping[str, PublishedModel]:
        """Keep the present versions of models and return them by name."""
        ids = {model.name: _version_id(connection, model, now) for model in models}
        return {name: self._version(connection, number) for name, number in ids.items()}

    def create(
        self, connection: sqlite3.Connection, instance: NewInstance, now: datetime
    ) -> str | None:
        """Add an instance and return its token, or that of the first one for its key, if right."""
        if first := _first(connection, instance.once, now):
            return first.token if first.is_same else None
        deadline = now + timedelta(seconds=instance.timeout)
        row = {
            "token": instance.token,
            "model_id": instance.published.id,
            "now": _micros(now),
            "deadline": _micros(deadline),
            "silence": instance.silence,
            "due_at": _micros(due_at(deadline, instance.silence, now)),
        }
        connection.execute(SQL["add_instance"], row)
        _keep_key(connection, instance.once, instance.token, now)
        return instance.token

    def created_before(
        self, connection: sqlite3.Connection, once: Once, now: datetime
    ) -> str | None:
        """Return the token that was created for a key and body, or None."""
        first = _first(connection, once, now)
        return first.token if first and first.is_same else None

    def set_status(
        self, connection: sqlite3.Connection, event: NewEvent, now: datetime
    ) -> Changed[Verdict | None]:
        """Take a verdict and, if it allows, add the event; None: no such token."""
        row = self._row(connection, event.token)
        if row is None:
            return Changed(None)
        if first := _first(connection, event.once, now):
            code = Code.SUCCESS if first.is_same else Code.IDEMPOTENCY_KEY_IS_REUSED
            return Changed(Verdict(code))
        given = verdict(row.published.compiled, row.facts, event.status_name, now)
        if given.status is None:
            return Changed(given, _keep_finish(connection, row, given.finish))
        connection.execute(
            SQL["set_status"],
            {
                "id": row.id,
                "set_ids": json.dumps([*row.facts.set_ids, given.status.id]),
                "due_at": _micros(due_at(row.deadline, row.silence, now)),
                **_finish_columns(given.finish),
            },
        )
        connection.execute(
            SQL["add_event"],
            {
                "instance_id": row.id,
                "status_id": given.status.id,
                "message": event.message,
                "now": _micros(now),
            },
        )
        _keep_key(connection, event.once, event.token, now)
        return Changed(given, (row.token,))

    def beat(
        self, connection: sqlite3.Connection, token: str, now: datetime
    ) -> Changed[Verdict | None]:
        """Note a sign of life of an open instance; None: no such token."""
        row = self._row(connection, token)
        if row is None:
            return Changed(None)
        given = sign_of_life(row.facts, now)
        if given.finish is None:
            moment = _micros(due_at(row.deadline, row.silence, now))
            connection.execute(SQL["beat"], {"id": row.id, "due_at": moment})
        return Changed(given, _keep_finish(connection, row, given.finish))

    def finish(
        self, connection: sqlite3.Connection, snapshot: Snapshot, now: datetime
    ) -> Changed[Snapshot]:
        """Finish an instance that was seen due, unless something else has finished it since."""
        row = self._row(connection, snapshot.token)
        if row is None:
            return Changed(snapshot)
        finish = finish_of(row.facts, now)
        tokens = _keep_finish(connection, row, finish)
        seen = evolve(snapshot, facts=evolve(row.facts, finish=finish), seen_at=now)
        return Changed(seen, tokens)

    def finish_due(self, connection: sqlite3.Connection, limit: int, now: datetime) -> Changed[int]:
        """Finish the first open instances that are due and return how many they were."""
        row = {"now": _micros(now), "limit": limit}
        due = connection.execute(SQL["get_due"], row).fetchall()
        reason = FinishReason.TIMEOUT.value
        connection.executemany(
            SQL["finish_when_due"], [{"id": number, "finish_reason": reason} for number, _ in due]
        )
        return Changed(len(due), tuple(token for _, token in due))

    def forget_keys(self, connection: sqlite3.Connection, limit: int, now: datetime) -> int:
        """Forget the first keys that are too old and return how many they were."""
        row = {"oldest": _micros(now - KEY_LIFE), "limit": limit}
        return connection.execute(SQL["forget_keys"], row).rowcount

    def look(
        self, connection: sqlite3.Connection, token: str, now: datetime, *, events: bool
    ) -> Snapshot | None:
        """Return an instance as it is stored, due or not; None: no such token."""
        row = self._row(connection, token)
        if row is None:
            return None
        stored = _events(connection, row) if events else ()
        if stored is None:
            return None
        return Snapshot(token, row.published, row.facts, row.created_at, row.deadline, now, stored)

    def set_global_status(
        self, connection: sqlite3.Connection, status_name: str, message: str, now: datetime
    ) -> None:
        """Add a status that belongs to no instance."""
        row = {"name": status_name, "message": message, "now": _micros(now)}
        connection.execute(SQL["add_global_status"], row)

    def _row(self, connection: sqlite3.Connection, token: str) -> Row | None:
        found = connection.execute(SQL["get_instance"], {"token": token}).fetchone()
        if found is None:
            return None
        number, model_id, created_at, deadline, silence, due, set_ids, at, reason = found
        finish = None if at is None else Finish(_moment(at), FinishReason(reason))
        return Row(
            id=number,
            token=token,
            published=self._version(connection, model_id),
            created_at=_moment(created_at),
            deadline=_moment(deadline),
            silence=silence,
            facts=Facts(tuple(json.loads(set_ids)), _moment(due), finish),
        )

    def _version(self, connection: sqlite3.Connection, number: int) -> PublishedModel:
        if number not in self._versions:
            self._versions[number] = _published(connection, number)
        return self._versions[number]


def _version_id(connection: sqlite3.Connection, model: StatusModel, now: datetime) -> int:
    connection.execute(SQL["add_object"], {"name": model.name})
    object_id = _number(connection, "get_object_id", {"name": model.name})
    for status in model.statuses:
        connection.execute(SQL["add_status"], {"object_id": object_id, "name": status.name})
    definition = definition_of(model)
    row = {"object_id": object_id, "fingerprint": fingerprint_of(definition)}
    connection.execute(SQL["add_model"], {**row, "definition": definition, "now": _micros(now)})
    return _number(connection, "get_model_id", row)


def _published(connection: sqlite3.Connection, number: int) -> PublishedModel:
    row = connection.execute(SQL["get_model"], {"id": number}).fetchone()
    object_id, definition, created_at = row
    status_ids = connection.execute(SQL["get_status_ids"], {"object_id": object_id}).fetchall()
    return PublishedModel(
        id=number,
        object_id=object_id,
        model=model_of(definition),
        status_ids=dict(cast("list[tuple[str, int]]", status_ids)),
        created_at=_moment(created_at),
    )


def _events(connection: sqlite3.Connection, row: Row) -> tuple[StoredEvent, ...] | None:
    """Return what was set; None where the instance was purged since its row was read."""
    found = connection.execute(SQL["get_events"], {"instance_id": row.id})
    stored = {number: StoredEvent(number, message, _moment(at)) for number, message, at in found}
    if not stored.keys() >= set(row.facts.set_ids):
        return None
    # An event may have come since the row was read; the row says which belong to this moment.
    return tuple(stored[number] for number in row.facts.set_ids)


def _first(connection: sqlite3.Connection, once: Once | None, now: datetime) -> First | None:
    """Return what was done for a key before, or None."""
    if once is None:
        return None
    row = {"key": once.key, "oldest": _micros(now - KEY_LIFE)}
    found = connection.execute(SQL["get_key"], row).fetchone()
    return None if found is None else First(found[1], is_same=found[0] == once.body)


def _keep_key(connection: sqlite3.Connection, once: Once | None, token: str, now: datetime) -> None:
    if once is not None:
        row = {"key": once.key, "body": once.body, "token": token, "now": _micros(now)}
        connection.execute(SQL["add_key"], row)


def _keep_finish(
    connection: sqlite3.Connection, row: Row, finish: Finish | None
) -> tuple[str, ...]:
    """Keep a finish that is new, and return whose it is."""
    if finish is None or row.facts.finish is not None:
        return ()
    connection.execute(SQL["finish"], {"id": row.id, **_finish_columns(finish)})
    return (row.token,)


def _finish_columns(finish: Finish | None) -> dict[str, object]:
    if finish is None:
        return {"finished_at": None, "finish_reason": None}
    return {"finished_at": _micros(finish.at), "finish_reason": finish.reason.value}


def _number(connection: sqlite3.Connection, query: str, row: Mapping[str, object]) -> int:
    [number] = connection.execute(SQL[query], row).fetchone()
    return int(number)


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def _moment(micros: int) -> datetime:
    return EPOCH + micros * MICROSECOND
