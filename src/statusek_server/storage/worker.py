"""Workers: a thread that owns one SQLite connection, and a queue of the work for it.

Here live the hand-over between the event loop and the thread, and the two ways of running what has
gathered in the queue: each piece by itself (for reading), or all of it in one transaction with one
commit (for writing). What a piece of work does lives with its caller.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Final, TypeVar, cast

from attrs import define, field

from statusek_server.errors import StorageError
from statusek_server.storage.queries import queries

T = TypeVar("T")

MOST_TOGETHER: Final = 256
"""Pieces of work that share a commit at most, so that none waits long for the others."""


@define(eq=False)
class Job:
    """A piece of work on its way.

    Args:
        work: What to do; runs in the thread of the worker.
        future: Who waits for it.
    """

    work: Callable[[sqlite3.Connection], object]
    future: asyncio.Future[object]
    result: object = None
    error: Exception | None = None

    def run(self, connection: sqlite3.Connection) -> None:
        """Do the work and keep what came of it."""
        self.result = self.error = None
        try:
            self.result = self.work(connection)
        except Exception as error:  # noqa: BLE001 - it belongs to the caller, not to the thread
            self.error = error

    def deliver(self) -> None:
        """Tell who waits; runs in the thread of the event loop."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(translated(self.error))


Runner = Callable[[sqlite3.Connection, Sequence[Job]], None]
"""Runs gathered jobs; each job keeps its own result or error."""


def run_each(connection: sqlite3.Connection, jobs: Sequence[Job]) -> None:
    """Run jobs one by one, each by itself."""
    for job in jobs:
        job.run(connection)


def run_together(connection: sqlite3.Connection, jobs: Sequence[Job]) -> None:
    """Run jobs in one transaction, so that they share one commit; a failing one fails alone.

    A trouble that takes the whole transaction away (a full disk may) makes them run one by one.
    """
    if not _run_in_transaction(connection, jobs) and len(jobs) > 1:
        for job in jobs:
            _run_in_transaction(connection, [job])


def _run_in_transaction(connection: sqlite3.Connection, jobs: Sequence[Job]) -> bool:
    """Run jobs and commit; False when the transaction was lost on the way."""
    sql = queries("sqlite")
    try:
        connection.execute(sql["begin"])
        for job in jobs:
            if not _run_in_savepoint(connection, job):
                return False
        connection.execute(sql["commit"])
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute(sql["rollback"])
        for job in jobs:
            job.error = error
    return True


def _run_in_savepoint(connection: sqlite3.Connection, job: Job) -> bool:
    """Run a job so that its failure undoes only itself; False when the transaction is gone."""
    sql = queries("sqlite")
    connection.execute(sql["savepoint"])
    job.run(connection)
    if not connection.in_transaction:
        return False
    if job.error is not None:
        connection.execute(sql["rollback_to_savepoint"])
    connection.execute(sql["release"])
    return True


def _ignore(_: Sequence[object]) -> None:
    """Stand where nobody asks for results."""


@define(eq=False)
class Worker:
    """A thread with one connection.

    Args:
        name: The name of the thread.
        connect: Opens the connection; runs in the thread.
        run: Runs what has gathered.
        done: Told, in the event loop, the results of each gathering, whoever still waits for them.
    """

    name: str
    connect: Callable[[], sqlite3.Connection]
    run: Runner
    done: Callable[[Sequence[object]], None] = _ignore
    _queue: SimpleQueue[Job | None] = field(factory=SimpleQueue, init=False)
    _loop: asyncio.AbstractEventLoop | None = field(default=None, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)

    async def start(self) -> None:
        """Start the thread and return when its connection is open.

        Raises:
            StorageError: The connection cannot be opened.
        """
        loop = asyncio.get_running_loop()
        opened: asyncio.Future[object] = loop.create_future()
        # A daemon, since a process that gives up on its event loop must still be able to end.
        thread = threading.Thread(
            target=self._main, args=(loop, Job(_nothing, opened)), name=self.name, daemon=True
        )
        thread.start()
        await opened
        self._loop, self._thread = loop, thread

    async def call(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Have a piece of work done and return its result.

        Raises:
            StorageError: SQLite did not do it, or the worker is stopped.
        """
        if self._loop is None or self._thread is None:
            raise StorageError("the storage is closed")
        job = Job(work, self._loop.create_future())
        self._queue.put(job)
        return cast("T", await job.future)

    async def stop(self) -> None:
        """Finish the work that is queued, close the connection and end the thread."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(thread.join)

    def _main(self, loop: asyncio.AbstractEventLoop, opening: Job) -> None:
        try:
            connection = self.connect()
        except Exception as error:  # noqa: BLE001 - it belongs to who opens
            opening.error = error
            self._deliver(loop, [opening])
            return
        self._deliver(loop, [opening])
        try:
            while jobs := self._gathered():
                self._run(connection, jobs)
                self._deliver(loop, jobs)
        finally:
            connection.close()

    def _run(self, connection: sqlite3.Connection, jobs: Sequence[Job]) -> None:
        try:
            self.run(connection, jobs)
        except Exception as error:  # noqa: BLE001 - a dead thread would let every caller wait
            for job in jobs:
                job.error = error

    def _deliver(self, loop: asyncio.AbstractEventLoop, jobs: Sequence[Job]) -> None:
        def deliver() -> None:
            for job in jobs:
                job.deliver()
            self.done([job.result for job in jobs if job.error is None])

        loop.call_soon_threadsafe(deliver)

    def _gathered(self) -> list[Job]:
        """Wait for work and take all that is there; empty when the worker is to stop."""
        jobs: list[Job] = []
        job = self._queue.get()
        while job is not None:
            jobs.append(job)
            if len(jobs) == MOST_TOGETHER or self._queue.empty():
                return jobs
            job = self._queue.get()
        if jobs:
            self._queue.put(None)
        return jobs


def translated(error: Exception) -> Exception:
    """Return the error that a caller sees: SQLite's own never leave the storage."""
    if not isinstance(error, sqlite3.Error):
        return error
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    storage_error = StorageError(f"SQLite: {error} ({name})")
    storage_error.__cause__ = error
    return storage_error


def _nothing(_: sqlite3.Connection) -> None:
    """Stand for the opening of a connection in its job."""
