"""Rows of PostgreSQL as values of the protocol.

Here lives the translation, and the versions of models that were read, which never change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from attrs import define, field

from statusek_server.models import StatusModel
from statusek_server.outcomes import FinishReason
from statusek_server.rules import CompiledStatus, Facts, Finish, compile_model
from statusek_server.storage.instances import Snapshot, StoredEvent
from statusek_server.storage.pages import Change
from statusek_server.storage.postgres_pool import Connection
from statusek_server.storage.queries import queries
from statusek_server.versions import PublishedModel, definition_of, fingerprint_of, model_of

SQL: Final = queries("postgres")

Row = Mapping[str, Any]


@define(eq=False)
class Versions:
    """The versions of models that are stored; those that were read once are remembered."""

    _known: dict[int, PublishedModel] = field(factory=dict, init=False)

    async def publish(self, connection: Connection, model: StatusModel) -> PublishedModel:
        """Keep the present version of a model; inside a transaction, with the models locked."""
        object_id = await self._object_id(connection, model.name)
        definition = definition_of(model)
        key = (object_id, fingerprint_of(definition))
        number = await connection.fetchval(SQL["get_model_id"], *key)
        if number is None:
            for status in model.statuses:
                await connection.execute(SQL["add_status"], object_id, status.name.encode())
            ids = await _status_ids(connection, object_id)
            compiled = compile_model(model, ids)
            mandatory = sorted(compiled.mandatory)
            number = await connection.fetchval(SQL["add_model"], *key, definition, mandatory)
            await connection.executemany(
                SQL["add_model_status"],
                [_status_row(number, *item) for item in compiled.statuses.items()],
            )
        return await self.version(connection, number)

    async def version(self, connection: Connection, number: int) -> PublishedModel:
        """Return a version by its number."""
        if number not in self._known:
            row = await connection.fetchrow(SQL["get_model"], number)
            assert row is not None  # noqa: S101 - versions are never deleted while in use
            self._known[number] = PublishedModel(
                id=number,
                object_id=row["object_id"],
                model=model_of(row["definition"]),
                status_ids=await _status_ids(connection, row["object_id"]),
                created_at=moment_of(row["created_at"]),
            )
        return self._known[number]

    async def snapshot(self, connection: Connection, rows: Sequence[Row]) -> Snapshot:
        """Return an instance of its row, which repeats where it comes with events."""
        row = rows[0]
        with_events = "status_id" in row and row["status_id"] is not None
        return Snapshot(
            token=row["token"],
            published=await self.version(connection, row["model_id"]),
            facts=Facts(
                tuple(row["set_ids"]),
                moment_of(row["due_at"]),
                finish_of_row(row["finished_at"], row["finish_reason"]),
            ),
            created_at=moment_of(row["created_at"]),
            deadline=moment_of(row["deadline"]),
            seen_at=moment_of(row["now"]),
            events=tuple(
                StoredEvent(
                    event["status_id"],
                    event["message"].decode(),
                    moment_of(event["event_created_at"]),
                )
                for event in (rows if with_events else ())
            ),
        )

    async def change(self, connection: Connection, row: Row) -> Change:
        """Return a change of the row of an event."""
        at = moment_of(row["created_at"])
        number = row["status_id"]
        return Change(
            token=row["token"],
            published=await self.version(connection, row["model_id"]),
            event=None if number is None else StoredEvent(number, row["message"].decode(), at),
            finish=finish_of_row(at, row["finish_reason"]),
            mark=f"{row['stamp']}-{row['id']}",
        )

    async def _object_id(self, connection: Connection, name: str) -> int:
        await connection.execute(SQL["add_object"], name.encode())
        number: int = await connection.fetchval(SQL["get_object_id"], name.encode())
        return number


def moment_of(moment: datetime) -> datetime:
    """Return a time as the rest of the program has it."""
    return moment.astimezone(UTC)


def finish_of_row(at: datetime | None, reason: str | None) -> Finish | None:
    """Return the finish that a row tells of."""
    return Finish(moment_of(at), FinishReason(reason)) if at and reason else None


def hash_of(name: str) -> bytes:
    """Return the hash by which a status is looked up, since a name may be long."""
    return hashlib.sha256(name.encode()).digest()


async def _status_ids(connection: Connection, object_id: int) -> dict[str, int]:
    rows = await connection.fetch(SQL["get_status_ids"], object_id)
    return {row["name"].decode(): row["id"] for row in rows}


def _status_row(model_id: int, name: str, status: CompiledStatus) -> tuple[object, ...]:
    sets = (sorted(ids) for ids in (status.need_all, status.need_any, status.forbid))
    return (model_id, hash_of(name), status.id, status.stops, *sets)
