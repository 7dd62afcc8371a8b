"""Workers: work that gathers shares a commit, and what fails, fails alone."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import pytest

from statusek_server.errors import StorageError
from statusek_server.storage.worker import MOST_TOGETHER, Job, Worker, run_each, run_together

Work = Callable[[sqlite3.Connection], object]


@pytest.fixture
def connection() -> Generator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    opened.execute("pragma foreign_keys = on")
    opened.execute("create table parent (id integer primary key)")
    opened.execute(
        "create table child (id integer references parent deferrable initially deferred)"
    )
    yield opened
    opened.close()


def insert(number: int, table: str = "parent") -> Work:
    def work(connection: sqlite3.Connection) -> int:
        return connection.execute(f"insert into {table} values ({number})").rowcount

    return work


def then_fail(work: Work, error: Exception) -> Work:
    def failing(connection: sqlite3.Connection) -> object:
        work(connection)
        raise error

    return failing


def lose_the_transaction(connection: sqlite3.Connection) -> object:
    if connection.in_transaction:
        connection.execute("rollback")
    raise sqlite3.OperationalError("database or disk is full")


def outcomes(
    connection: sqlite3.Connection, *works: Work
) -> tuple[list[object], list[tuple[int]], int]:
    """What came of each work, what is stored, and how many transactions it took."""
    commits: list[str] = []
    connection.set_trace_callback(lambda sql: commits.append(sql) if sql == "commit;" else None)
    jobs = [Job(work, None) for work in works]  # type: ignore[arg-type]
    run_together(connection, jobs)
    connection.set_trace_callback(None)
    assert not connection.in_transaction
    results = [type(job.error) if job.error else job.result for job in jobs]
    stored = connection.execute("select id from parent order by id").fetchall()
    return results, stored, len(commits)


def test_one_commit_for_all(connection: sqlite3.Connection) -> None:
    """What came together is committed together."""
    assert ([1, 1, 1], [(1,), (2,), (3,)], 1) == outcomes(
        connection, insert(1), insert(2), insert(3)
    )


def test_a_failing_one_fails_alone(connection: sqlite3.Connection) -> None:
    """What a failing piece of work has done is undone, what the others have done is not."""
    assert ([1, ZeroDivisionError, 1, sqlite3.IntegrityError], [(1,), (3,)], 1) == outcomes(
        connection, insert(1), then_fail(insert(2), ZeroDivisionError()), insert(3), insert(1)
    )


def test_a_lost_transaction(connection: sqlite3.Connection) -> None:
    """When the whole transaction is gone, each piece of work gets one of its own."""
    assert ([1, sqlite3.OperationalError, 1], [(1,), (2,)], 2) == outcomes(
        connection, insert(1), lose_the_transaction, insert(2)
    )
    assert ([sqlite3.OperationalError], [(1,), (2,)], 0) == outcomes(
        connection, lose_the_transaction
    )


def test_a_failing_commit(connection: sqlite3.Connection) -> None:
    """Nothing is acknowledged and nothing is kept where the commit fails."""
    assert ([sqlite3.IntegrityError] * 2, [], 1) == outcomes(
        connection, insert(1), insert(9, "child")
    )


def test_a_lock_that_is_not_to_be_had(tmp_path: Path) -> None:
    """Nothing is run without the lock."""
    path = tmp_path / "locked.db"
    locker = sqlite3.connect(path, isolation_level=None)
    locker.execute("create table parent (id integer primary key)")
    waiting = sqlite3.connect(path, isolation_level=None, timeout=0)
    locker.execute("begin immediate")
    assert ([sqlite3.OperationalError] * 2, [], 0) == outcomes(waiting, insert(1), insert(2))
    waiting.close()
    locker.close()


async def running(worker: Worker, *works: Work) -> list[object]:
    """Start a worker, hand it works at once, and stop it; errors are told as results."""
    await worker.start()
    tasks = [asyncio.ensure_future(worker.call(work)) for work in works]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    await worker.stop()
    return list(results)


def memory() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", isolation_level=None)


@pytest.mark.anyio
async def test_work_is_done_in_one_other_thread() -> None:
    """All work of a worker is done in its own thread, in the order in which it came."""
    done: list[int] = []
    threads: set[str] = set()

    def work(number: int) -> Work:
        def working(_: sqlite3.Connection) -> int:
            done.append(number)
            threads.add(threading.current_thread().name)
            return number

        return working

    count = 3 * MOST_TOGETHER + 1
    worker = Worker("its-own-thread", memory, run_each)
    results = await running(worker, *(work(number) for number in range(count)))
    assert (list(range(count)), list(range(count)), {"its-own-thread"}) == (results, done, threads)


@pytest.mark.anyio
async def test_errors_are_translated() -> None:
    """An error of SQLite arrives as the storage's own, any other as it is."""

    def fail(_: sqlite3.Connection) -> object:
        raise KeyError("status_id")

    [syntax, other] = await running(
        Worker("w", memory, run_each), lambda c: c.execute("selec 1"), fail
    )
    assert isinstance(syntax, StorageError)
    assert 'SQLite: near "selec": syntax error (SQLITE_ERROR)' == str(syntax)
    assert isinstance(syntax.__cause__, sqlite3.OperationalError)
    assert isinstance(other, KeyError)


@pytest.mark.anyio
async def test_a_runner_that_fails_lets_nobody_wait() -> None:
    """Trouble with the connection itself is told to everybody who waits."""

    def broken(_: sqlite3.Connection, jobs: Sequence[Job]) -> None:
        raise sqlite3.OperationalError(f"disk I/O error with {len(jobs)}")

    [error] = await running(Worker("w", memory, broken), lambda _: None)
    assert "SQLite: disk I/O error with 1 (OperationalError)" == str(error)


@pytest.mark.anyio
async def test_a_connection_that_cannot_be_opened() -> None:
    """A worker without a connection does not start, and takes no work."""

    def refuse() -> sqlite3.Connection:
        raise sqlite3.OperationalError("unable to open database file")

    worker = Worker("w", refuse, run_each)
    with pytest.raises(StorageError, match="unable to open database file"):
        await worker.start()
    with pytest.raises(StorageError, match="the storage is closed"):
        await worker.call(lambda _: None)
    await worker.stop()


@pytest.mark.anyio
async def test_stopping_finishes_what_is_queued() -> None:
    """A worker that is told to stop does what it was given before, and nothing after."""
    worker = Worker("w", memory, run_each)
    await worker.start()
    gate = threading.Event()
    first = asyncio.ensure_future(worker.call(lambda _: gate.wait(30)))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(worker.call(lambda _: "done"))
    await asyncio.sleep(0)
    stopping = asyncio.ensure_future(worker.stop())
    await asyncio.sleep(0)
    gate.set()
    await stopping
    assert (True, "done") == (await first, await second)
    with pytest.raises(StorageError, match="the storage is closed"):
        await worker.call(lambda _: None)


@pytest.mark.anyio
async def test_who_stops_waiting_does_not_disturb() -> None:
    """Work whose caller has gone is done all the same, and the next caller is answered."""
    worker = Worker("w", memory, run_each)
    await worker.start()
    gate = threading.Event()
    first = asyncio.ensure_future(worker.call(lambda _: gate.wait(30)))
    await asyncio.sleep(0)
    first.cancel()
    second = asyncio.ensure_future(worker.call(lambda _: "done"))
    await asyncio.sleep(0)
    gate.set()
    assert "done" == await second
    assert first.cancelled()
    await worker.stop()
