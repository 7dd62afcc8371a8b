"""The PostgreSQL storage: any number of servers on one database.

Here live the calls of the protocol and the way of each to its statement. Calls of a kind that
arrive together share one (see ``sharing``); a verdict is taken by the statement, on the locked row
and by the clock of the database.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import groupby
from operator import itemgetter
from typing import cast
from uuid import uuid4

from attrs import define, field

from statusek_server.models import StatusModel
from statusek_server.outcomes import Code
from statusek_server.rules import Verdict, finish_of
from statusek_server.storage.instances import NewEvent, NewInstance, Once, Snapshot
from statusek_server.storage.pages import ChangePage, InstanceFilter, InstancePage, Position
from statusek_server.storage.postgres_changes import Change, Changes, Outcome, subject_of
from statusek_server.storage.postgres_following import Following
from statusek_server.storage.postgres_import import take_over
from statusek_server.storage.postgres_listener import Listener
from statusek_server.storage.postgres_listing import list_instances
from statusek_server.storage.postgres_once import call_once, verdict_before
from statusek_server.storage.postgres_pool import (
    SQL,
    Pool,
    connect,
    naming,
    open_pool,
    rejects,
    translated,
)
from statusek_server.storage.postgres_purge import purge
from statusek_server.storage.postgres_rows import (
    Row,
    Versions,
    finish_of_row,
)
from statusek_server.storage.postgres_schema import migrate
from statusek_server.storage.protocol import Notify
from statusek_server.storage.purging import Old, Purged
from statusek_server.storage.sharing import Sharing
from statusek_server.storage.taking_over import Imported, Taken
from statusek_server.storage.watchers import Watchers
from statusek_server.versions import PublishedModel

logger = logging.getLogger("statusek_server")


@asynccontextmanager
async def open_postgres(url: str) -> AsyncGenerator[PostgresStorage]:
    """Open a database, its schema brought up to date, and close it on leaving.

    Args:
        url: ``postgresql://user:password@host:port/name``.

    Raises:
        StorageError: The database cannot be reached.
        SchemaError: It is not one that this version can use.
    """
    with naming(url):
        await _prepare(url)
    async with open_pool(url) as pool:
        storage = PostgresStorage(url, pool)
        try:
            yield storage
        finally:
            await storage.close()


async def _prepare(url: str) -> None:
    connection = await connect(url)
    try:
        await migrate(connection)
        durability = await connection.fetchval(SQL["get_durability"])
    finally:
        connection.terminate()
    if durability == "off":
        logger.warning(
            "the database has synchronous_commit = off: what is acknowledged may be lost when it "
            "crashes; set it to on"
        )


@define(eq=False)
class PostgresStorage:
    """The protocol on PostgreSQL; ``storage.protocol.Storage`` says what each method means."""

    _url: str
    _pool: Pool
    _versions: Versions = field(factory=Versions, init=False)
    _watchers: Watchers = field(factory=Watchers, init=False)
    _origin: str = field(factory=lambda: uuid4().hex, init=False)
    _following: Following = field(init=False)
    _changes: Sharing[Change, Outcome] = field(init=False)
    _beats: Sharing[str, Verdict | None] = field(init=False)
    _looks: Sharing[str, Snapshot | None] = field(init=False)
    _looks_with_events: Sharing[str, Snapshot | None] = field(init=False)
    _finishes: Sharing[str, None] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._following = Following(self._versions, self._watchers)
        changes = Changes(self._pool, self._origin, self._watchers)
        self._changes = Sharing(changes, rejects, subject_of)
        self._beats = Sharing(self._beat_all, rejects, _itself)
        self._looks = Sharing(self._look_at("get_instances"), rejects, _itself)
        self._looks_with_events = Sharing(
            self._look_at("get_instances_with_events"), rejects, _itself
        )
        self._finishes = Sharing(self._finish_all, rejects, _itself)

    async def close(self) -> None:
        """Finish what was taken on, and take nothing on any more."""
        for sharing in (
            self._changes,
            self._beats,
            self._looks,
            self._looks_with_events,
            self._finishes,
        ):
            await sharing.close()

    async def publish(self, models: Sequence[StatusModel]) -> Mapping[str, PublishedModel]:
        """Keep the models' present versions and return them by name."""
        with translated():
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute(SQL["lock_models"])
                return {
                    model.name: await self._versions.publish(connection, model) for model in models
                }

    async def create(self, instance: NewInstance) -> str | None:
        """Create an instance."""
        with translated():
            created = await call_once(
                self._pool, instance.once, lambda: self._changes.call(instance)
            )
            return cast("str | None", created)

    async def created_before(self, once: Once) -> str | None:
        """Return the token that was created for a key and body, or None."""
        rows = await self._fetch("get_key", once.key)
        return next((row["token"] for row in rows if row["body"] == once.body), None)

    async def set_status(self, event: NewEvent) -> Verdict | None:
        """Set a status if the rules allow it."""
        if not _is_token(event.token):
            return None
        with translated():
            given = await call_once(self._pool, event.once, lambda: self._changes.call(event))
            given = cast("Verdict | None", given)
            if event.once is None or given is None or given.code is Code.SUCCESS:
                return given
            # The first call with this key may have been under way: its key is seen only now.
            return await verdict_before(self._pool, event.once) or given

    async def beat(self, token: str) -> Verdict | None:
        """Note a sign of life of an open instance, and return the verdict."""
        if not _is_token(token):
            return None
        with translated():
            return await self._beats.call(token)

    async def look(self, token: str, *, events: bool = False) -> Snapshot | None:
        """Return an instance, finished by now if it was due."""
        if not _is_token(token):
            return None
        looks = self._looks_with_events if events else self._looks
        with translated():
            seen = await looks.call(token)
            if seen is None or seen.facts.finish or not finish_of(seen.facts, seen.seen_at):
                return seen
            await self._finishes.call(token)
            return await looks.call(token)

    async def take_over(
        self, instances: Sequence[tuple[Imported, PublishedModel]]
    ) -> Sequence[Taken]:
        """Keep instances that have lived elsewhere, in one transaction."""
        with translated():
            async with self._pool.acquire() as connection, connection.transaction():
                taken, tokens = await take_over(connection, self._versions, instances, self._origin)
        self._watchers.tell(tokens)
        return taken

    async def set_global_status(self, status_name: str, message: str) -> None:
        """Keep a status that belongs to no instance."""
        await self._fetch("add_global_status", status_name.encode(), message.encode())

    async def finish_due(self, limit: int) -> int:
        """Finish up to ``limit`` open instances that are due and return how many they were."""
        rows = await self._fetch("finish_due", limit, self._origin)
        self._watchers.tell([row["token"] for row in rows])
        return len(rows)

    async def forget_keys(self, limit: int) -> int:
        """Forget up to ``limit`` keys that are too old and return how many they were."""
        [row] = await self._fetch("forget_keys", limit)
        return int(row["count"])

    async def purge(self, old: Old, limit: int, *, is_dry: bool = False) -> AsyncGenerator[Purged]:
        """Remove old instances with all that belongs to them, step by step."""
        with translated():
            async for purged in purge(self._pool, old, limit, is_dry=is_dry):
                yield purged

    async def list_instances(
        self, wanted: InstanceFilter, after: Position | None, limit: int
    ) -> InstancePage:
        """Return instances, newest first."""
        with translated():
            async with self._pool.acquire() as connection:
                return await list_instances(connection, self._versions, wanted, after, limit)

    async def list_changes(self, after: str | None, limit: int) -> ChangePage | None:
        """Return the changes of all instances."""
        with translated():
            async with self._pool.acquire() as connection:
                return await self._following.read(connection, after, limit)

    @asynccontextmanager
    async def watch(self, notify: Notify) -> AsyncGenerator[None]:
        """Tell, while entered, of each commit that stored an event or finished an instance."""
        with self._watchers.added(notify):
            async with Listener(self._url, self._origin, self._watchers).listening():
                yield

    async def ping(self) -> None:
        """Return if the storage can be read now."""
        await self._fetch("ping")

    async def _fetch(self, query: str, *args: object) -> Sequence[Row]:
        with translated():
            rows: Sequence[Row] = await self._pool.fetch(SQL[query], *args)
            return rows

    async def _beat_all(self, tokens: Sequence[str]) -> list[Verdict | None]:
        rows = await self._pool.fetch(SQL["beat"], tokens, self._origin)
        self._tell(rows)
        given = {row["token"]: _sign_of_life(row) for row in rows}
        return [given.get(token) for token in tokens]

    async def _finish_all(self, tokens: Sequence[str]) -> list[None]:
        rows = await self._pool.fetch(SQL["finish"], tokens, self._origin)
        self._watchers.tell([row["token"] for row in rows])
        return [None] * len(tokens)

    def _look_at(self, query: str) -> Callable[[Sequence[str]], Awaitable[list[Snapshot | None]]]:
        async def look_at_all(tokens: Sequence[str]) -> list[Snapshot | None]:
            async with self._pool.acquire() as connection:
                rows = await connection.fetch(SQL[query], tokens)
                rows.sort(key=itemgetter("token"))  # stable, so that events keep their order
                seen = {
                    token: await self._versions.snapshot(connection, list(group))
                    for token, group in groupby(rows, itemgetter("token"))
                }
            return [seen.get(token) for token in tokens]

        return look_at_all

    def _tell(self, rows: Sequence[Row]) -> None:
        self._watchers.tell([row["token"] for row in rows if row["is_changed"]])


def _itself(token: str) -> str:
    return token


def _is_token(token: str) -> bool:
    """Return whether a text can be a token at all; PostgreSQL does not take every text."""
    return len(token) <= 60 and token.isprintable()


def _sign_of_life(row: Row) -> Verdict:
    finish = finish_of_row(row["finished_at"], row["finish_reason"])
    return Verdict(Code.INSTANCE_IS_FINISHED if finish else Code.SUCCESS, finish=finish)
