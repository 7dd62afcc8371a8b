"""The original: a database of the original service, read in one view of one moment.

Here live the connection and the way from its rows to those of ``rows``. Statements live in
``sql/original``, what rows mean in ``translation``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from attrs import fields_dict, frozen

from statusek_server.errors import SchemaError
from statusek_server.importing.rows import EdgeRow, EventRow, InstanceRow, ObjectRow, StatusRow
from statusek_server.storage.postgres_pool import CONNECT_SECONDS, Connection, driver, naming
from statusek_server.storage.postgres_rows import Row
from statusek_server.storage.queries import queries

SQL: Final = queries("original")

FETCHED: Final = 1_000
"""Rows that are fetched at once."""


@asynccontextmanager
async def open_original(url: str, schema: str | None = None) -> AsyncGenerator[OriginalDatabase]:
    """Open a database of the original, and close it on leaving; nothing in it is changed.

    Args:
        url: ``postgresql://user:password@host:port/name``.
        schema: The schema of its tables; None to look for it.

    Raises:
        StorageError: It cannot be reached, or read to its end.
        SchemaError: It has no such tables.
    """
    with naming(url):
        # No limit on the time of a statement: a large table takes its time to be sorted.
        connection = await driver.connect(
            url, timeout=CONNECT_SECONDS, server_settings={"application_name": "statusek import"}
        )
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                found = await _schema(connection, schema)
                await connection.execute(SQL["use_schema"], found)
                yield OriginalDatabase(connection, found)
        finally:
            connection.terminate()


async def _schema(connection: Connection, wanted: str | None) -> str:
    names = [row["name"] for row in await connection.fetch(SQL["find_schemas"])]
    found = [name for name in names if wanted in (None, name)]
    if not found:
        where = f"its schema '{wanted}'" if wanted else "any of its schemas"
        raise SchemaError(
            "the database to import from has no tables objects, statuses, workflows, instances, "
            f"events and version in {where}: name another database, or --schema NAME"
        )
    if len(found) > 1 and found[0] != "statusek":
        raise SchemaError(
            f"the database to import from has the tables in {len(found)} schemas "
            f"({', '.join(found)}): name one with --schema NAME"
        )
    return str(found[0])


@frozen(eq=False)
class OriginalDatabase:
    """What a database of the original holds.

    Args:
        connection: Inside a transaction that sees one moment.
        schema: Where its tables are.
    """

    _connection: Connection
    schema: str

    async def version(self) -> str:
        """Return the version that its tables say."""
        return str(await self._connection.fetchval(SQL["get_version"]) or "unknown")

    async def models(self) -> tuple[list[ObjectRow], list[StatusRow], list[EdgeRow]]:
        """Return the rows that make models; deleted objects, too, which may have instances."""
        fetch = self._connection.fetch
        return (
            [ObjectRow(**row) for row in await fetch(SQL["get_objects"])],
            [StatusRow(**row) for row in await fetch(SQL["get_statuses"])],
            [EdgeRow(**row) for row in await fetch(SQL["get_edges"])],
        )

    async def count(self) -> int:
        """Return how many instances there are."""
        return int(await self._connection.fetchval(SQL["count_instances"]))

    async def instances(self) -> AsyncGenerator[tuple[InstanceRow | None, Sequence[EventRow]]]:
        """Yield each instance with its events, and events whose instance is not there with None."""
        events = _Groups(self._connection.cursor(SQL["get_events"], prefetch=FETCHED))
        await events.advance()
        async for row in self._connection.cursor(SQL["get_instances"], prefetch=FETCHED):
            instance = InstanceRow(**{name: row[name] for name in fields_dict(InstanceRow)})
            while events.has_before(instance.id):
                yield None, await events.take()
            is_next = events.instance_id == instance.id
            yield instance, await events.take() if is_next else ()
        while events.has_any:
            yield None, await events.take()


class _Groups:
    """Events in the order of their instances, taken instance by instance."""

    def __init__(self, rows: AsyncIterator[Row]) -> None:
        self._rows = aiter(rows)
        self._next: EventRow | None = None

    @property
    def has_any(self) -> bool:
        """Whether there are events left."""
        return self._next is not None

    @property
    def instance_id(self) -> int | None:
        """The instance of the next events."""
        return self._next.instance_id if self._next else None

    def has_before(self, instance_id: int) -> bool:
        """Return whether the next events belong to an instance that is not there."""
        # Those of no instance at all (null) are sorted behind all others.
        return self.instance_id is not None and self.instance_id < instance_id

    async def advance(self) -> None:
        """Read the next event."""
        row = await anext(self._rows, None)
        self._next = EventRow(**row) if row is not None else None

    async def take(self) -> Sequence[EventRow]:
        """Return the events of the next instance."""
        instance_id, taken = self.instance_id, list[EventRow]()
        while self._next is not None and self._next.instance_id == instance_id:
            taken.append(self._next)
            await self.advance()
        return taken
