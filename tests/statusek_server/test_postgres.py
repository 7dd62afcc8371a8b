"""The PostgreSQL storage: what is its own, and that it gives the verdicts of the rules."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.server.cluster import Cluster, cluster
from statusek_server import StatusModel
from statusek_server.answers import Created, Done, Finished
from statusek_server.errors import SchemaError, StorageError
from statusek_server.models import Status
from statusek_server.outcomes import Code, FinishReason, Refusal
from statusek_server.rules import Facts, Finish, verdict
from statusek_server.service import Service
from statusek_server.storage.instances import NewEvent, NewInstance
from statusek_server.storage.postgres import PostgresStorage, open_postgres
from statusek_server.storage.postgres_pool import SQL, connect, open_pool
from statusek_server.storage.queries import migrations
from statusek_server.storage.sharing import Sharing
from statusek_server.sweeper import sweep
from strategies.databases import Place, execute, place_of, schema
from strategies.server_kit import START, status_models

pytestmark = pytest.mark.anyio

LINE = StatusModel("LINE", [Status("RUN"), Status("END", after=("RUN",))], timeout=60)
WIDE = StatusModel("WIDE", [Status(letter) for letter in "ABCDEFGH"], timeout=60)
NAMES = st.sampled_from(["S0", "S1", "S2", "S3", "S4", "S5", "NO SUCH"])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with place_of("postgres", tmp_path) as found:
        yield found


@pytest.fixture
def url() -> Iterator[str]:
    with schema() as (_, found):
        yield found


@pytest.fixture
def syncing() -> Iterator[Cluster]:
    """A server that may be killed, and syncs as a real one does."""
    with cluster() as found:
        yield found


@pytest.fixture
async def storage(place: Place) -> AsyncGenerator[PostgresStorage]:
    async with open_postgres(place.url) as opened:
        yield opened


async def service_on(storage: PostgresStorage) -> Service:
    return Service(storage, await storage.publish([LINE, WIDE]))


async def created(service: Service, name: str = "LINE", seconds: int = 60) -> str:
    answer = await service.create(name, seconds)
    assert isinstance(answer, Created)
    return answer.token


async def compare(storage: PostgresStorage, model: StatusModel, orders: list[list[str]]) -> None:
    """Set statuses in several instances at once, and take every verdict again in Python."""
    published = (await storage.publish([model]))["MODEL"]
    facts: dict[str, Facts] = {}
    for number in range(len(orders)):
        token = f"{published.id}-{number}"
        await storage.create(NewInstance(token, published, 60, None))
        facts[token] = Facts((), START + timedelta(seconds=60))
    for step in range(max(map(len, orders))):
        calls = [
            (token, order[step])
            for token, order in zip(facts, orders, strict=True)
            if step < len(order)
        ]
        given = await asyncio.gather(
            *(storage.set_status(NewEvent(token, name, "")) for token, name in calls)
        )
        for (token, name), actual in zip(calls, given, strict=True):
            expected = verdict(published.compiled, facts[token], name, START)
            assert evolve(expected, status=None) == actual
            if expected.status:
                ids = (*facts[token].set_ids, expected.status.id)
                facts[token] = evolve(facts[token], set_ids=ids, finish=expected.finish)
            seen = await storage.look(token)
            assert seen
            assert facts[token] == seen.facts


def test_the_verdicts_of_the_rules(tmp_path: Path) -> None:
    """Whatever the model and the order of the calls, the statement says what the rules say."""
    with place_of("postgres", tmp_path) as place, asyncio.Runner() as runner:
        opened = open_postgres(place.url)
        storage = runner.run(opened.__aenter__())

        @given(
            model=status_models(),
            orders=st.lists(st.lists(NAMES, min_size=1, max_size=8), min_size=1, max_size=4),
        )
        @settings(max_examples=60, deadline=None)
        def check(model: StatusModel, orders: list[list[str]]) -> None:
            # Every example is a version of its own, also when Hypothesis comes back to it.
            counter[0] += 1
            fresh = evolve(model, description=str(counter[0]))
            runner.run(compare(storage, fresh, orders))

        counter = [0]
        check()
        runner.run(opened.__aexit__(None, None, None))


async def test_racing_servers(storage: PostgresStorage, place: Place) -> None:
    """Statuses that are set at once through two servers are stored once, and finish."""
    async with open_postgres(place.url) as other:
        services = [await service_on(storage), await service_on(other)]
        for _ in range(15):
            token = await created(services[0], "WIDE")
            names = "AABBCCDDEEFFGGHH"
            answers = await asyncio.gather(
                *(services[at % 3 % 2].set_status(token, name) for at, name in enumerate(names))
            )
            codes = Counter(answer.code for answer in answers)
            assert (8, 8) == (
                codes[Code.SUCCESS],
                codes[Code.STATUS_IS_ALREADY_SET] + codes[Code.INSTANCE_IS_FINISHED],
            )
            seen = await storage.look(token, events=True)
            assert seen
            assert seen.facts.finish
            assert seen.facts.set_ids == tuple(event.status_id for event in seen.events)
            assert 8 == len({*seen.facts.set_ids})


async def test_a_call_fails_alone(storage: PostgresStorage, place: Place) -> None:
    """Of calls that share a statement, one that cannot be stored takes none with it."""
    service = await service_on(storage)
    tokens = [await created(service) for _ in range(5)]
    execute(
        place.url,
        "create function refuse() returns trigger language plpgsql as "
        "$$begin if new.message = 'bad' then raise 'no'; end if; return new; end$$",
        "create trigger refuse before insert on event for each row execute function refuse()",
    )
    messages = ["good", "good", "bad", "good", "good"]
    answers = await asyncio.gather(
        *(
            service.set_status(token, "RUN", text)
            for token, text in zip(tokens, messages, strict=True)
        )
    )
    assert [Done(), Done(), Refusal(Code.DATABASE_ERROR), Done(), Done()] == answers
    seen = [await storage.look(token) for token in tokens]
    assert [1, 1, 0, 1, 1] == [len(one.facts.set_ids) for one in seen if one]


async def test_calls_share_a_commit(storage: PostgresStorage, place: Place) -> None:
    """Calls that come together are one transaction, at most one of them for an instance."""
    service = await service_on(storage)
    tokens = await asyncio.gather(*(created(service) for _ in range(20)))
    await asyncio.gather(*(service.set_status(token, "RUN") for token in tokens))
    await asyncio.gather(*(service.set_status(tokens[0], name) for name in ("END", "END")))
    commits = execute(place.url, "select stamp, count(*) from event group by stamp order by stamp")
    assert [20, 1] == [row["count"] for row in commits]


async def test_lost_connections(storage: PostgresStorage, place: Place) -> None:
    """After all connections were lost the next calls work, or say that they did not."""
    service = await service_on(storage)
    token = await created(service)
    kill = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
    heard = asyncio.Event()

    def hear(tokens: Sequence[str] | None) -> None:
        if tokens is None:
            heard.set()

    async with storage.watch(hear):
        await asyncio.wait_for(heard.wait(), 30)
        heard.clear()
        execute(
            place.url,
            f"{kill} and application_name = 'statusek' and backend_type = 'client backend'",
        )
        await asyncio.wait_for(heard.wait(), 30)
    assert Done() == await service.set_status(token, "RUN")


async def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    """What cannot be reached is named, without its password."""
    url = f"postgresql://me:secret@/x?host={tmp_path}"
    with pytest.raises(StorageError, match=r"postgresql://me:\*\*\*@.* cannot be opened: Postgre"):
        async with open_postgres(url):
            pytest.fail("it must not open")


async def test_what_others_change_is_told(url: str) -> None:
    """A change by one server is told to another by its token."""
    tokens: list[str] = []
    heard, ready = asyncio.Event(), asyncio.Event()

    def hear(changed: Sequence[str] | None) -> None:
        if changed is None:
            ready.set()
        else:
            tokens.extend(changed)
            heard.set()

    async with open_postgres(url) as one, open_postgres(url) as two, two.watch(hear):
        await asyncio.wait_for(ready.wait(), 30)
        service = await service_on(one)
        token = await created(service)
        await service.set_status(token, "RUN")
        await asyncio.wait_for(heard.wait(), 30)
    assert [token] == tokens


async def test_a_change_that_commits_late(url: str) -> None:
    """What is stored while an older transaction runs is told after it, so that none is skipped."""
    async with open_postgres(url) as storage:
        service = await service_on(storage)
        late, early = await created(service), await created(service)
        present = await storage.list_changes(None, 10)
        assert present
        woken = asyncio.Event()
        connection = await connect(url)
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            "insert into event (stamp, token, status_id, message, created_at) "
            "values (pg_current_xact_id()::text::bigint, $1, 1, '', now())",
            late,
        )
        async with storage.watch(lambda _: woken.set()):
            await service.set_status(early, "RUN")
            held_back = await storage.list_changes(present.mark, 10)
            assert held_back
            assert ((), True) == (held_back.changes, held_back.is_last)
            woken.clear()
            await transaction.commit()
            await asyncio.wait_for(woken.wait(), 30)
        page = await storage.list_changes(held_back.mark, 10)
        assert page
        assert [late, early] == [change.token for change in page.changes]
        await connection.close()


async def test_servers_that_start_at_once(url: str) -> None:
    """Two servers on an empty database make one schema."""

    async def start() -> int:
        async with open_postgres(url) as storage:
            return (await storage.publish([LINE]))["LINE"].id

    assert [1, 1, 1] == [*await asyncio.gather(start(), start(), start())]
    versions = execute(url, "select version from statusek_schema")
    assert [migrations("postgres")[-1].version] == [row["version"] for row in versions]


async def test_a_newer_schema_is_refused(url: str) -> None:
    """A database of a newer server is left alone, and the error says what to do."""
    async with open_postgres(url):
        pass
    execute(url, "update statusek_schema set version = 1000")
    with pytest.raises(SchemaError, match="has schema version 1000, this server knows versions"):
        async with open_postgres(url):
            pytest.fail("it must not open")


async def test_tables_of_another_application(url: str) -> None:
    """A database with other tables of these names is not touched."""
    execute(url, "create table instance (id integer)")
    with pytest.raises(SchemaError, match="tables of another application"):
        async with open_postgres(url):
            pytest.fail("it must not open")
    assert [] == execute(
        url, "select from pg_tables where tablename = 'event' and schemaname = current_schema"
    )


async def test_replicas_share_a_sweep(storage: PostgresStorage, place: Place) -> None:
    """Two sweepers at once finish each instance once, at the time it was due."""
    async with open_postgres(place.url) as other:
        service = await service_on(storage)
        tokens = [await created(service, seconds=at % 3 + 1) for at in range(30)]
        place.clock.step(100)
        assert 30 == sum(await asyncio.gather(sweep(storage, 7), sweep(other, 7)))
        ends = execute(
            place.url, "select token, count(*), min(created_at) as at from event group by token"
        )
        assert {
            token: START + timedelta(seconds=at % 3 + 1) for at, token in enumerate(tokens)
        } == {row["token"]: row["at"] for row in ends}
        assert {1} == {row["count"] for row in ends}
        assert Finished(FinishReason.TIMEOUT) == await service.check_is_finished(tokens[0])


async def test_a_call_that_takes_too_long() -> None:
    """A caller is told that nothing is known, whatever the database does; so is a late one."""
    blocked = asyncio.Event()

    async def run(calls: Sequence[str]) -> list[str]:
        await blocked.wait()
        return list(calls)

    sharing = Sharing[str, str](run, lambda _: True, str, longest=0.01)
    with pytest.raises(StorageError, match=r"did not answer within 0\.01 seconds"):
        await sharing.call("a")
    blocked.set()
    await sharing.close()
    with pytest.raises(StorageError, match="the storage is closed"):
        await sharing.call("b")


async def test_a_database_that_crashes(syncing: Cluster) -> None:
    """What was acknowledged before a crash is there after it; meanwhile every call is an error."""
    acknowledged: list[str] = []
    async with open_postgres(syncing.url()) as storage:
        service = await service_on(storage)

        async def work() -> None:
            while isinstance(answer := await service.create("LINE"), Created):
                if await service.set_status(answer.token, "RUN") != Done():
                    return
                acknowledged.append(answer.token)

        workers = [asyncio.create_task(work()) for _ in range(8)]
        while len(acknowledged) < 100:  # noqa: ASYNC110 - nothing tells when it is enough
            await asyncio.sleep(0.01)
        await asyncio.to_thread(syncing.kill)
        await asyncio.gather(*workers)
        assert Refusal(Code.DATABASE_ERROR) == await service.set_status(acknowledged[0], "END")
        assert Refusal(Code.DATABASE_ERROR) == await service.check_is_finished(acknowledged[0])
        await asyncio.to_thread(syncing.start)
        assert Done() == await service.set_status(acknowledged[0], "END")
        seen = [await storage.look(token, events=True) for token in acknowledged]
        assert all(one and 1 <= len(one.events) == len(one.facts.set_ids) for one in seen)


async def test_silence(storage: PostgresStorage, place: Place) -> None:
    """Events and signs of life put off the end by silence, at most to the deadline."""
    service = await service_on(storage)
    tokens: list[str] = []
    for _ in range(2):
        answer = await service.create("LINE", 60, 10)
        assert isinstance(answer, Created)
        tokens.append(answer.token)
    kept, silent = tokens
    for seconds in (9, 9):
        place.clock.step(seconds)
        assert Done() == await service.beat(kept)
    assert Done() == await service.set_status(kept, "RUN")
    seen = [await storage.look(token) for token in (kept, silent)]
    ended = FinishReason.TIMEOUT
    assert [(START + timedelta(seconds=28), None), (START + timedelta(seconds=10), ended)] == [
        (one.facts.due_at, one.facts.finish.reason if one.facts.finish else None)
        for one in seen
        if one
    ]
    place.clock.step(10)
    assert Refusal(Code.INSTANCE_IS_FINISHED, token=kept, reason=ended) == await service.beat(kept)
    assert Refusal(Code.INSTANCE_IS_FINISHED, token=kept, reason=ended) == await service.beat(kept)
    kept_seen = await storage.look(kept)
    assert kept_seen
    assert Finish(START + timedelta(seconds=28), ended) == kept_seen.facts.finish


async def test_texts_that_postgresql_does_not_know(storage: PostgresStorage) -> None:
    """Every text that JSON can carry is kept; one that is no token is unknown."""
    service = await service_on(storage)
    token = await created(service)
    message = "<\x00> \U0001f600 'quoted' \\"
    assert Done() == await service.set_status(token, "RUN", message)
    assert (
        Code.STATUS_NAME_IS_NOT_FOUND_FOR_OBJECT is (await service.set_status(token, "\x00")).code
    )
    assert Done() == await service.set_global_status("\x00", message)
    assert Done() == await service.ping()
    seen = await storage.look(token, events=True)
    assert seen
    assert [message] == [event.message for event in seen.events]
    for strange in ("\x00", "\ud800", 61 * "x", "", "a,b", "' or true --"):
        unknown = Refusal(Code.INSTANCE_TOKEN_IS_NOT_FOUND, token=strange)
        assert [unknown] * 3 == [
            evolve(answer, status_name="")
            for answer in (
                await service.set_status(strange, "RUN"),
                await service.beat(strange),
                await service.check_is_finished(strange),
            )
            if isinstance(answer, Refusal)
        ]


async def test_what_a_crash_may_take(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    """A database that acknowledges what it has not synced is told of in the log."""
    async with open_postgres(f"{place.url}&synchronous_commit=off"):
        pass
    assert "synchronous_commit = off" in caplog.text


async def test_plans_made_for_empty_tables(place: Place) -> None:
    """The statements of calls are planned with indexes while the tables are still empty."""
    sent = {
        "change": (
            *("text[]", "integer[]", "bigint[]", "bigint[]", "bytea[]", "bytea[]"),
            *("text[]", "bytea[]", "bytea[]", "bytea[]", "bytea[]", "text"),
        ),
        "beat": ("text[]", "text"),
        "finish": ("text[]", "text"),
        "finish_due": ("integer", "text"),
        "get_instances": ("text[]",),
        "get_instances_with_events": ("text[]",),
    }
    async with open_postgres(place.url), open_pool(place.url) as pool:
        for _ in range(2):  # the second time on a connection that went back once
            async with pool.acquire() as connection:
                for name, types in sent.items():
                    await connection.execute(f"prepare {name} ({','.join(types)}) as {SQL[name]}")
                    nothing = ",".join("null" for _ in types)
                    rows = await connection.fetch(f"explain execute {name} ({nothing})")
                    plan = "\n".join(row[0] for row in rows)
                    assert "Seq Scan" not in plan.replace("Seq Scan on the_clock", ""), plan
                    await connection.execute(f"deallocate {name}")


async def test_a_transaction_left_open(place: Place) -> None:
    """A connection that goes back in the middle of a transaction has nothing of it left."""
    async with open_postgres(place.url), open_pool(place.url) as pool:
        async with pool.acquire() as connection:
            await connection.execute("begin")
            await connection.execute("insert into global_status values (default, '', '', now())")
            process = await connection.fetchval("select pg_backend_pid()")
        async with pool.acquire() as connection:
            assert process == await connection.fetchval("select pg_backend_pid()")
            assert not connection.is_in_transaction()
            assert 0 == await connection.fetchval("select count(*) from global_status")
