"""The SQLite storage: one file, one thread that writes, one that reads.

Here live the connections and the way of each call to the right thread. The clock is read inside the
write lock, so that a verdict and its moment belong together. Several servers may share a file.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final, TypeVar

from attrs import frozen

from statusek_server.clock import Clock, utc_now
from statusek_server.errors import StorageError
from statusek_server.models import StatusModel
from statusek_server.rules import Verdict, finish_of
from statusek_server.storage.instances import NewEvent, NewInstance, Once, Snapshot
from statusek_server.storage.migrate import migrate
from statusek_server.storage.pages import ChangePage, InstanceFilter, InstancePage, Position
from statusek_server.storage.protocol import Notify
from statusek_server.storage.purging import Old, Purged
from statusek_server.storage.queries import queries
from statusek_server.storage.sqlite_changes import list_changes
from statusek_server.storage.sqlite_import import take_over
from statusek_server.storage.sqlite_ledger import Changed, Ledger
from statusek_server.storage.sqlite_listing import list_instances
from statusek_server.storage.sqlite_purge import BEGIN, Group, Place, Step, groups, purge
from statusek_server.storage.taking_over import Imported, Taken
from statusek_server.storage.watchers import Watchers
from statusek_server.storage.worker import Worker, run_each, run_together
from statusek_server.versions import PublishedModel

PERIOD: Final = 0.25
"""Seconds between two looks for changes that other processes have made to the file."""

T = TypeVar("T")


@asynccontextmanager
async def open_sqlite(path: str, clock: Clock = utc_now) -> AsyncGenerator[SqliteStorage]:
    """Open a file, created if it is missing, and close it on leaving.

    Args:
        path: The file.
        clock: The storage's clock.

    Raises:
        StorageError: The file cannot be opened.
        SchemaError: It is not one that this version can use.
    """
    watchers = Watchers()
    writer = Worker(
        "statusek-writer",
        partial(_connect_writer, path),
        run_together,
        lambda results: watchers.tell(_changed(results)),
    )
    reader = Worker("statusek-reader", partial(_connect_reader, path), run_each)
    try:
        await writer.start()
        await reader.start()
        yield SqliteStorage(writer, reader, Ledger(), watchers, clock)
    finally:
        await reader.stop()
        await writer.stop()


@frozen(eq=False)
class SqliteStorage:
    """The protocol on SQLite; ``storage.protocol.Storage`` says what each method means."""

    _writer: Worker
    _reader: Worker
    _ledger: Ledger
    _watchers: Watchers
    _clock: Clock

    async def publish(self, models: Sequence[StatusModel]) -> Mapping[str, PublishedModel]:
        """Keep the models' present versions and return them by name."""
        return await self._writer.call(lambda c: self._ledger.publish(c, models, self._clock()))

    async def create(self, instance: NewInstance) -> str | None:
        """Create an instance."""
        return await self._writer.call(lambda c: self._ledger.create(c, instance, self._clock()))

    async def created_before(self, once: Once) -> str | None:
        """Return the token that was created for a key and body, or None."""
        return await self._reader.call(
            lambda c: self._ledger.created_before(c, once, self._clock())
        )

    async def set_status(self, event: NewEvent) -> Verdict | None:
        """Set a status if the rules allow it, and return the verdict."""
        return await self._change(lambda c: self._ledger.set_status(c, event, self._clock()))

    async def beat(self, token: str) -> Verdict | None:
        """Note a sign of life of an open instance, and return the verdict."""
        return await self._change(lambda c: self._ledger.beat(c, token, self._clock()))

    async def look(self, token: str, *, events: bool = False) -> Snapshot | None:
        """Return an instance, finished by now if it was due."""
        seen = await self._reader.call(
            lambda c: self._ledger.look(c, token, self._clock(), events=events)
        )
        if seen is None or seen.facts.finish or not finish_of(seen.facts, seen.seen_at):
            return seen
        return await self._change(lambda c: self._ledger.finish(c, seen, self._clock()))

    async def take_over(
        self, instances: Sequence[tuple[Imported, PublishedModel]]
    ) -> Sequence[Taken]:
        """Keep instances that have lived elsewhere, in one transaction."""
        return await self._change(lambda c: take_over(c, self._ledger, instances, self._clock()))

    async def set_global_status(self, status_name: str, message: str) -> None:
        """Keep a status that belongs to no instance."""
        await self._writer.call(
            lambda c: self._ledger.set_global_status(c, status_name, message, self._clock())
        )

    async def finish_due(self, limit: int) -> int:
        """Finish up to ``limit`` open instances that are due and return how many they were."""
        return await self._change(lambda c: self._ledger.finish_due(c, limit, self._clock()))

    async def forget_keys(self, limit: int) -> int:
        """Forget up to ``limit`` keys that are too old and return how many they were."""
        return await self._writer.call(lambda c: self._ledger.forget_keys(c, limit, self._clock()))

    async def purge(self, old: Old, limit: int, *, is_dry: bool = False) -> AsyncGenerator[Purged]:
        """Remove old instances with all that belongs to them, step by step."""
        for group in await self._writer.call(groups):
            place: Place | None = BEGIN
            while place is not None:
                step = await self._writer.call(self._step(old, group, place, limit, is_dry))
                yield step.purged
                place = step.place

    def _step(
        self, old: Old, group: Group, place: Place, limit: int, is_dry: bool
    ) -> Callable[[sqlite3.Connection], Step]:
        return lambda c: purge(c, old, group, place, limit, self._clock(), is_dry=is_dry)

    async def list_instances(
        self, wanted: InstanceFilter, after: Position | None, limit: int
    ) -> InstancePage:
        """Return instances, newest first."""
        return await self._reader.call(
            lambda c: list_instances(c, self._ledger, wanted, after, limit, self._clock())
        )

    async def list_changes(self, after: str | None, limit: int) -> ChangePage | None:
        """Return the changes of all instances."""
        return await self._reader.call(lambda c: list_changes(c, self._ledger, after, limit))

    @asynccontextmanager
    async def watch(self, notify: Notify) -> AsyncGenerator[None]:
        """Tell, while entered, of each commit that stored an event or finished an instance."""
        with self._watchers.added(notify):
            looking = asyncio.create_task(self._look_for_others(notify), name="statusek-watch")
            try:
                yield
            finally:
                looking.cancel()
                with suppress(asyncio.CancelledError):
                    await looking

    async def ping(self) -> None:
        """Return if the storage can be read now."""
        await self._reader.call(lambda c: c.execute(queries("sqlite")["ping"]).fetchone())

    async def _change(self, work: Callable[[sqlite3.Connection], Changed[T]]) -> T:
        """Have work done whose changes are told."""
        return (await self._writer.call(work)).value

    async def _look_for_others(self, notify: Notify) -> None:
        """Tell when another process has changed the file: what it changed cannot be known."""
        known: object = None
        while True:
            with suppress(StorageError):  # a later look sees what this one has missed
                version = await self._writer.call(_data_version)
                if version != known:
                    notify(None)
                known = version
            await asyncio.sleep(PERIOD)


def _changed(results: Sequence[object]) -> list[str]:
    return [token for result in results if isinstance(result, Changed) for token in result.tokens]


def _data_version(connection: sqlite3.Connection) -> object:
    return connection.execute(queries("sqlite")["get_data_version"]).fetchone()


def _connect_writer(path: str) -> sqlite3.Connection:
    """Open the connection that writes, with the schema brought up to date."""
    try:
        connection = _connect(path)
        try:
            migrate(connection)
            _use_wal(connection)
            for pragma in ("sync_every_commit", "enforce_references"):
                connection.execute(queries("sqlite")[pragma])
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise StorageError(f"the database {path} cannot be opened: {error}") from error
    return connection


def _use_wal(connection: sqlite3.Connection, patience: int = 50) -> None:
    """Change the journal, which does not wait for a lock: another server may be starting, too."""
    while True:
        try:
            connection.execute(queries("sqlite")["use_wal"])
        except sqlite3.OperationalError:
            patience -= 1
            if not patience:
                raise
            time.sleep(0.1)
        else:
            return


def _connect_reader(path: str) -> sqlite3.Connection:
    connection = _connect(path)
    connection.execute(queries("sqlite")["refuse_writes"])
    return connection


def _connect(path: str) -> sqlite3.Connection:
    # Autocommit: the workers say themselves where a transaction begins and ends.
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=64)
    connection.execute(queries("sqlite")["wait_for_lock"])
    return connection
