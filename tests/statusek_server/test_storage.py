"""Storages: what is kept, on which version; and what the one on SQLite says when it cannot."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve

from statusek_server import StatusModel
from statusek_server.answers import Created, Event, Events, Finished, Presence, Readiness
from statusek_server.errors import SchemaError, StorageError
from statusek_server.models import Status, StatusType
from statusek_server.outcomes import Code, FinishReason, Refusal
from statusek_server.rules import Finish
from statusek_server.service import Service
from statusek_server.storage.instances import NewInstance
from statusek_server.storage.migrate import due, migrate, statements
from statusek_server.storage.pages import InstanceFilter
from statusek_server.storage.protocol import Storage
from statusek_server.storage.queries import Migration, migrations, queries
from statusek_server.storage.sqlite import SqliteStorage, _use_wal, open_sqlite
from statusek_server.sweeper import sweep, sweep_forever
from strategies.databases import KINDS, Place, place_of
from strategies.server_kit import START, FakeClock

pytestmark = pytest.mark.anyio

LINE = StatusModel("LINE", [Status("RUN"), Status("END", after=("RUN",))], "A line", 60)
LONGER = StatusModel("LINE", [Status("RUN"), Status("MIDDLE"), Status("END")], "A longer line")
OTHER = StatusModel("OTHER", [Status("RUN", StatusType.STOP), Status("X")])


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "statusek.db")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with place_of(request.param, tmp_path) as found:
        yield found


@pytest.fixture
async def any_storage(place: Place) -> AsyncGenerator[Storage]:
    async with place.open() as opened:
        yield opened


@pytest.fixture
async def storage(path: str, clock: FakeClock) -> AsyncGenerator[SqliteStorage]:
    async with open_sqlite(path, clock) as opened:
        yield opened


async def service_on(storage: Storage, *models: StatusModel) -> Service:
    return Service(storage, await storage.publish(models or (LINE,)))


async def created(service: Service, name: str = "LINE", seconds: int = 60) -> str:
    answer = await service.create(name, seconds)
    assert isinstance(answer, Created)
    return answer.token


def numbers(service: Service) -> dict[str, tuple[int, dict[str, int]]]:
    return {
        name: (published.object_id, dict(published.status_ids))
        for name, published in service.catalogue.items()
    }


async def test_numbers_follow_the_order_of_the_models(any_storage: Storage) -> None:
    """Objects and statuses are numbered from 1, in the order of the models."""
    service = await service_on(any_storage, OTHER, LINE)
    assert {
        "OTHER": (1, {"RUN": 1, "X": 2}),
        "LINE": (2, {"RUN": 3, "END": 4}),
    } == numbers(service)


async def test_numbers_stay(place: Place) -> None:
    """An object and a status keep their numbers when models come, go and change."""
    async with place.open() as storage:
        await service_on(storage, OTHER, LINE)
    async with place.open() as storage:
        service = await service_on(storage, LONGER, StatusModel("NEW", [Status("RUN")]), OTHER)
    assert {
        "LINE": (2, {"RUN": 3, "END": 4, "MIDDLE": 5}),
        "NEW": (3, {"RUN": 6}),
        "OTHER": (1, {"RUN": 1, "X": 2}),
    } == numbers(service)


async def test_the_same_models_are_the_same_versions(place: Place) -> None:
    """Publishing what is known already changes nothing, not even its time."""
    async with place.open() as storage:
        first = await storage.publish([LINE])
    place.clock.step(1000)
    async with place.open() as storage:
        again = await storage.publish([LINE])
    assert (first, START) == (again, again["LINE"].created_at)


async def test_an_instance_runs_on_its_own_version(place: Place) -> None:
    """An instance that was created before its model changed goes on as it began."""
    async with place.open() as storage:
        token = await created(await service_on(storage, LINE))
    async with place.open() as storage:
        service = await service_on(storage, LONGER)
        assert (
            Code.STATUS_NAME_IS_NOT_FOUND_FOR_OBJECT
            is (await service.set_status(token, "MIDDLE")).code
        )
        assert Readiness(
            Refusal(Code.NOT_ALL_PREVIOS_MANDATORY_STATUSES_ARE_SET, token=token, status_name="END")
        ) == await service.check_status_is_ready_to_set(token, "END")
        await service.set_status(token, "RUN")
        await service.set_status(token, "END")
        assert Finished(
            FinishReason.ALL_MANDATORY_STATUSES_ARE_SET
        ) == await service.check_is_finished(token)


async def test_events_are_kept_in_order(place: Place) -> None:
    """Events outlive the server, in the order in which they were set, also by a clock gone back."""
    async with place.open() as storage:
        service = await service_on(storage, LONGER)
        token = await created(service)
        for name, seconds in (("END", 3), ("RUN", -2)):
            place.clock.step(seconds)
            await service.set_status(token, name, f"<{name}>\x00")
    async with place.open() as storage:
        events = await (await service_on(storage, LONGER)).get_events(token)
    assert (
        Events(
            (
                Event(1, 3, Status("END"), START, "<END>\x00", START + timedelta(seconds=3)),
                Event(1, 1, Status("RUN"), START, "<RUN>\x00", START + timedelta(seconds=1)),
            )
        )
        == events
    )


async def test_a_finish_stays_as_it_was(any_storage: Storage, place: Place) -> None:
    """How an instance ended is not changed by the end of its life, nor by a late call."""
    service = await service_on(any_storage, OTHER)
    token = await created(service, "OTHER")
    await service.set_status(token, "RUN")
    place.clock.step(1000)
    await service.set_status(token, "X")
    await service.beat(token)
    await sweep(any_storage)
    seen = await any_storage.look(token)
    assert seen
    assert Finish(START, FinishReason.STOP_STATUS_IS_SET) == seen.facts.finish


@pytest.mark.parametrize("call", ["set_status", "beat", "check_is_finished", "sweep"])
async def test_whoever_notices_a_timeout(any_storage: Storage, place: Place, call: str) -> None:
    """Every call that looks at a due instance finishes it, at the time it was due."""
    service = await service_on(any_storage)
    token = await created(service, seconds=60)
    place.clock.step(1000)
    match call:
        case "set_status":
            answer = await service.set_status(token, "RUN")
            assert (
                Refusal(
                    Code.INSTANCE_IS_FINISHED,
                    token=token,
                    status_name="RUN",
                    reason=FinishReason.TIMEOUT,
                )
                == answer
            )
        case "beat":
            await service.beat(token)
        case "check_is_finished":
            assert Finished(FinishReason.TIMEOUT) == await service.check_is_finished(token)
        case _:
            assert 1 == await sweep(any_storage)
    [stored] = (await any_storage.list_instances(InstanceFilter(), None, 10)).instances
    assert Finish(START + timedelta(seconds=60), FinishReason.TIMEOUT) == stored.facts.finish
    assert 0 == await sweep(any_storage)


async def test_finishing_what_has_ended_meanwhile(storage: SqliteStorage, clock: FakeClock) -> None:
    """A look that sees a due instance does not overrule an end that came before its own."""
    service = await service_on(storage)
    token = await created(service, seconds=60)
    seen = await storage.look(token)
    assert seen
    clock.step(60)
    await storage.finish_due(10)
    finished = await storage._change(
        lambda connection: storage._ledger.finish(connection, seen, clock() + timedelta(days=1))
    )
    assert Finish(START + timedelta(seconds=60), FinishReason.TIMEOUT) == finished.facts.finish
    gone = evolve(seen, token="gone")
    assert gone == await storage._change(
        lambda connection: storage._ledger.finish(connection, gone, clock())
    )


async def test_sweeping_in_batches(any_storage: Storage, place: Place) -> None:
    """A sweep finishes all that is due and nothing else, a batch at a time."""
    service = await service_on(any_storage)
    tokens = [await created(service, seconds=seconds) for seconds in (1, 2, 3, 4, 100)]
    place.clock.step(4)
    assert 2 == await any_storage.finish_due(2)
    assert 2 == await sweep(any_storage, batch=1)
    assert [FinishReason.TIMEOUT] * 4 + [None] == [
        answer.reason
        for token in tokens
        if isinstance(answer := await service.check_is_finished(token), Finished)
    ]


class Sweepable:
    """Fails once, then has nothing to finish; counts the calls."""

    def __init__(self, enough: asyncio.Event) -> None:
        self.calls = 0
        self.enough = enough

    async def finish_due(self, limit: int) -> int:
        self.calls += 1
        if self.calls == 1:
            raise StorageError("it is not there")
        if self.calls == 3:
            self.enough.set()
        return 0 if limit else -1

    async def forget_keys(self, limit: int) -> int:
        return 0 if limit else -1


async def test_a_sweeper_outlives_trouble(caplog: pytest.LogCaptureFixture) -> None:
    """A trouble of the storage delays the sweeper and is logged."""
    enough = asyncio.Event()
    sweepable = Sweepable(enough)
    task = asyncio.create_task(sweep_forever(sweepable, period=0))  # type: ignore[arg-type]
    await enough.wait()
    task.cancel()
    assert ["instances that are due were not finished: it is not there"] == [
        record.getMessage() for record in caplog.records
    ]


async def test_a_full_disk_is_an_answer(
    storage: SqliteStorage, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """What cannot be stored is not acknowledged, fails alone, and is not half there."""
    service = await service_on(storage, LONGER)
    token, other = await created(service), await created(service)
    await storage._writer.call(lambda c: c.execute("pragma max_page_count = 1"))
    clock.step(1)
    large, small, seen = await asyncio.gather(
        service.set_status(token, "RUN", "x" * 1_000_000),
        service.set_status(other, "RUN"),
        service.check_status_is_set(token, "RUN"),
    )
    assert [Refusal(Code.DATABASE_ERROR), Code.SUCCESS, Presence(is_set=False)] == [
        large,
        small.code,
        seen,
    ]
    assert Events(()) == await service.get_events(token)
    assert Presence(is_set=True) == await service.check_status_is_set(other, "RUN")
    assert ["set_status was not done: SQLite: database or disk is full (SQLITE_FULL)"] == [
        record.getMessage() for record in caplog.records
    ]
    await storage._writer.call(lambda c: c.execute("pragma max_page_count = 1000000"))
    assert Code.SUCCESS is (await service.set_status(token, "RUN", "x" * 1_000_000)).code


async def test_a_locked_file_is_an_answer(path: str, storage: SqliteStorage) -> None:
    """While somebody else holds the lock too long nothing is acknowledged; reading goes on."""
    service = await service_on(storage)
    token = await created(service)
    await storage._writer.call(lambda c: c.execute("pragma busy_timeout = 1"))
    locker = sqlite3.connect(path, isolation_level=None)
    locker.execute("begin immediate")
    refused = Refusal(Code.DATABASE_ERROR)
    assert [refused] * 4 == [
        await service.create("LINE", 60),
        await service.set_status(token, "RUN"),
        await service.beat(token),
        await service.set_global_status("MAINTENANCE"),
    ]
    assert Presence(is_set=False) == await service.check_status_is_set(token, "RUN")
    locker.close()
    assert Code.SUCCESS is (await service.set_status(token, "RUN")).code


async def test_a_closed_storage_is_an_answer(place: Place) -> None:
    """After its end a storage neither writes nor reads, and says so."""
    async with place.open() as storage:
        service = await service_on(storage)
        token = await created(service)
    refused = Refusal(Code.DATABASE_ERROR)
    assert [refused] * 8 == [
        await service.create("LINE", 60),
        await service.set_status(token, "RUN"),
        await service.beat(token),
        await service.check_is_finished(token),
        await service.check_status_is_set(token, "RUN"),
        await service.check_status_is_ready_to_set(token, "RUN"),
        await service.get_events(token),
        await service.look(token),
    ]
    assert Refusal(Code.DATABASE_ERROR) == await service.ping()


async def test_the_same_token_twice_is_trouble(storage: SqliteStorage) -> None:
    """A storage never keeps two instances under one name."""
    service = await service_on(storage)
    token = await created(service)
    published = service.catalogue["LINE"]
    with pytest.raises(StorageError, match=r"UNIQUE constraint failed: instance.token"):
        await storage.create(NewInstance(token, published, 60, None))


def content_of(path: str) -> bytes:
    return Path(path).read_bytes()


def write(path: str, text: str) -> None:
    Path(path).write_text(text, encoding="utf-8")


def user_version(path: str) -> int:
    connection = sqlite3.connect(path)
    [version] = connection.execute("pragma user_version").fetchone()
    connection.close()
    return int(version)


async def test_a_new_file_has_the_newest_schema(storage: SqliteStorage, path: str) -> None:
    """A file that did not exist gets every migration."""
    assert migrations("sqlite")[-1].version == user_version(path)
    assert isinstance(storage, SqliteStorage)


async def test_a_newer_schema_is_refused(path: str) -> None:
    """A file of a newer server is left alone, and the error says what to do."""
    async with open_sqlite(path):
        pass
    connection = sqlite3.connect(path)
    connection.execute("pragma user_version = 1000")
    connection.close()
    with pytest.raises(SchemaError) as caught:
        async with open_sqlite(path):
            pytest.fail("it must not open")
    newest = migrations("sqlite")[-1].version
    assert (
        f"the database has schema version 1000, this server knows versions up to {newest}: "
        "run the newer server, or name another database"
    ) == str(caught.value)
    assert 1000 == user_version(path)


async def test_a_file_of_another_application_is_refused(path: str) -> None:
    """A database that is not a server's is not touched."""
    connection = sqlite3.connect(path)
    connection.execute("create table letter (text)")
    connection.close()
    before = content_of(path)
    with pytest.raises(SchemaError, match="of another application: name another file"):
        async with open_sqlite(path):
            pytest.fail("it must not open")
    assert before == content_of(path)


async def test_what_is_no_database_is_refused(path: str) -> None:
    """A file that is no database at all is named in the error."""
    write(path, "Dear diary, " * 100)
    with pytest.raises(
        StorageError, match=r"statusek\.db cannot be opened: file is not a database"
    ):
        async with open_sqlite(path):
            pytest.fail("it must not open")


class Locked:
    """A connection on which the journal cannot be changed until it has been tried often enough."""

    def __init__(self, tries: int) -> None:
        self.tries = tries

    def execute(self, sql: str) -> str:
        self.tries -= 1
        if self.tries:
            raise sqlite3.OperationalError("database is locked")
        return sql


def test_two_servers_that_create_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Changing the journal waits for another server that is doing the same, but not forever."""
    pauses: list[float] = []
    monkeypatch.setattr("statusek_server.storage.sqlite.time.sleep", pauses.append)
    _use_wal(Locked(tries=4))  # type: ignore[arg-type]
    assert [0.1] * 3 == pauses
    with pytest.raises(sqlite3.OperationalError, match="database is locked"):
        _use_wal(Locked(tries=1000), patience=3)  # type: ignore[arg-type]
    assert [0.1] * (3 + 2) == pauses


def test_migrations_that_are_due() -> None:
    """A schema needs the migrations after its version, in order."""
    steps = [Migration(number, f"-- {number}") for number in (1, 2, 3)]
    assert [(1, 2, 3), (3,), ()] == [
        tuple(step.version for step in due(steps, version)) for version in (0, 2, 3)
    ]


def test_splitting_a_script() -> None:
    """A script is split where its statements end, not where its comments have semicolons."""
    script = "-- one; two\ncreate table a (b); \n\ninsert into a\nvalues (';');\n-- the end\n"
    assert ["-- one; two\ncreate table a (b);", "insert into a\nvalues (';');"] == list(
        statements(script)
    )


def test_a_failing_migration_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that fails is undone as a whole."""
    wrong = Migration(1, "create table a (b);\ncreate table a (b);")
    monkeypatch.setattr("statusek_server.storage.migrate.migrations", lambda _: (wrong,))
    connection = sqlite3.connect(":memory:", isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection)
    assert (False, []) == (
        connection.in_transaction,
        connection.execute("select name from sqlite_master").fetchall(),
    )
    connection.close()


def test_every_query_is_named_and_described() -> None:
    """The queries are read by their names, without their comments."""
    sql = queries("sqlite")
    assert "begin immediate;" == sql["begin"]
    assert not [name for name, text in sql.items() if "--" in text or not text.endswith(";")]
