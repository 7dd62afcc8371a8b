"""Purging: what is old goes with all that belongs to it, and nothing else does."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import pytest

from statusek_server import StatusModel
from statusek_server.answers import Created, Finished
from statusek_server.models import Status, StatusType
from statusek_server.outcomes import Code, FinishReason, Refusal
from statusek_server.service import Service
from statusek_server.storage.pages import ChangePage
from statusek_server.storage.postgres import open_postgres
from statusek_server.storage.postgres_pool import SQL, connect
from statusek_server.storage.protocol import Storage
from statusek_server.storage.purging import Old, Purged
from statusek_server.storage.sqlite import open_sqlite
from statusek_server.sweeper import sweep
from strategies.databases import KINDS, Place, execute, place_of

pytestmark = pytest.mark.anyio

LINE = StatusModel("LINE", [Status("RUN"), Status("END", after=("RUN",))])
LONGER = StatusModel("LINE", [Status("RUN"), Status("MIDDLE"), Status("END")])
STOP = StatusModel("STOP", [Status("RUN", StatusType.STOP), Status("X")])
DAY = 86_400


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with place_of(request.param, tmp_path) as found:
        yield found


@pytest.fixture
async def storage(place: Place) -> AsyncGenerator[Storage]:
    async with place.open() as opened:
        yield opened


async def created(service: Service, *statuses: str, name: str = "LINE", seconds: int = 10) -> str:
    answer = await service.create(name, seconds)
    assert isinstance(answer, Created)
    for status in statuses:
        await service.set_status(answer.token, status)
    return answer.token


async def purged(storage: Storage, old: Old, limit: int = 500, *, is_dry: bool = False) -> Purged:
    """The sum of all steps."""
    steps = [step async for step in storage.purge(old, limit, is_dry=is_dry)]
    return Purged(sum(s.instances for s in steps), sum(s.events for s in steps))


def rows(place: Place, sql: str) -> list[tuple[Any, ...]]:
    """What is stored, without anybody noticing."""
    if place.kind == "postgres":
        return [tuple(row.values()) for row in execute(place.url, sql)]
    connection = sqlite3.connect(place.url.removeprefix("sqlite:///"))
    found = connection.execute(sql).fetchall()
    connection.close()
    return found


def left(place: Place, tokens: dict[str, str]) -> list[str]:
    stored = {token for [token] in rows(place, "select token from instance")}
    return [name for name, token in tokens.items() if token in stored]


@pytest.mark.parametrize("limit", [1, 2, 500])
async def test_what_goes(storage: Storage, place: Place, limit: int) -> None:
    """What ended long enough ago goes, by whichever end and on whichever version of its model."""
    service = Service(storage, await storage.publish([LINE, STOP]))
    tokens = {
        "finished": await created(service, "RUN", "END"),
        "stopped": await created(service, "RUN", name="STOP"),
        "timed out": await created(service, "RUN"),
        "due, and nobody has noticed": await created(service, seconds=10 * DAY),
        "finished late": await created(service, "RUN", seconds=100 * DAY),
        "open": await created(service, "RUN", seconds=100 * DAY),
    }
    service = Service(storage, await storage.publish([LONGER, STOP]))
    tokens["of a later version"] = await created(service, "RUN", "MIDDLE", "END")
    place.clock.step(11)
    await sweep(storage)
    place.clock.step(39 * DAY)
    await service.set_status(tokens["finished late"], "END")
    tokens["timed out lately"] = await created(service, "RUN", seconds=1)
    place.clock.step(1)
    await service.check_is_finished(tokens["timed out lately"])
    tokens["young"] = await created(service, "RUN", "MIDDLE", "END")
    old = Old(29 * DAY)
    assert Purged(5, 7) == await purged(storage, old, limit, is_dry=True)
    assert 9 == len(left(place, tokens))
    assert Purged(5, 7) == await purged(storage, old, limit)
    assert ["finished late", "open", "timed out lately", "young"] == left(place, tokens)
    assert Purged(0, 0) == await purged(storage, old, limit)
    assert Purged(1, 1) == await purged(storage, Old(29 * DAY, with_open=True), limit)
    assert ["finished late", "timed out lately", "young"] == left(place, tokens)
    events = "select count(*) from event where status_id is not null"
    assert [(3,)] == rows(place, "select count(*) from instance")
    assert [(6,)] == rows(place, events)


async def test_the_moment(storage: Storage, place: Place) -> None:
    """An instance is old from the moment on at which its end is as long ago as said."""
    service = Service(storage, await storage.publish([LINE]))
    await created(service, "RUN", "END")
    place.clock.step(5)
    await created(service, "RUN", "END")
    place.clock.step(DAY - 5 - 1)
    assert Purged(0, 0) == await purged(storage, Old(DAY))
    place.clock.step(1)
    assert Purged(1, 2) == await purged(storage, Old(DAY))


async def test_numbers_are_not_given_again(tmp_path: Path) -> None:
    """On SQLite the instances of the newest event and the newest timeout stay: who follows goes on
    by their numbers."""
    with place_of("sqlite", tmp_path) as place:
        async with place.open() as storage:
            service = Service(storage, await storage.publish([LINE]))
            await created(service)
            tokens = {
                "with the newest timeout": await created(service, "RUN", seconds=11),
                "with the newest event": await created(service, "RUN", "END"),
            }
            place.clock.step(60)
            await sweep(storage)
            page = await storage.list_changes(None, 10)
            assert page
            place.clock.step(DAY)
            assert Purged(1, 0) == await purged(storage, Old(60))
            assert list(tokens) == left(place, tokens)
            new = await created(service, "RUN")
            following = await storage.list_changes(page.mark, 10)
            assert following
            assert [new] == [change.token for change in following.changes]
            assert Purged(1, 2) == await purged(storage, Old(60))


async def test_a_follower_of_what_is_gone(storage: Storage, place: Place) -> None:
    """Who follows is not told of what was purged before it was read, and goes on behind it."""
    service = Service(storage, await storage.publish([LINE]))
    begin = await storage.list_changes(None, 10)
    assert begin
    await created(service, "RUN", "END")
    place.clock.step(DAY)
    kept = await created(service, "RUN", seconds=DAY)
    await purged(storage, Old(60))
    page = await storage.list_changes(begin.mark, 10)
    assert page
    assert [kept] == [change.token for change in page.changes]
    end = await storage.list_changes(page.mark, 10)
    assert ChangePage((), page.mark, is_last=True) == end


async def test_what_is_gone_is_unknown(storage: Storage, place: Place) -> None:
    """A purged instance is one that was never there, to every call."""
    service = Service(storage, await storage.publish([LINE]))
    token = await created(service, "RUN", "END")
    await created(service, "RUN")
    place.clock.step(DAY)
    await purged(storage, Old(60))
    unknown = Refusal(Code.INSTANCE_TOKEN_IS_NOT_FOUND, token=token)
    assert [unknown] * 4 == [
        await service.look(token),
        await service.check_is_finished(token),
        await service.get_events(token),
        await service.beat(token),
    ]


async def test_a_look_while_it_goes(tmp_path: Path) -> None:
    """On SQLite an instance that goes between the reading of its row and of its events is gone."""
    async with open_sqlite(str(tmp_path / "statusek.db")) as storage:
        service = Service(storage, await storage.publish([LINE]))
        token = await created(service, "RUN", "END")
        await storage._writer.call(lambda c: c.execute("delete from event"))
        assert None is await storage.look(token, events=True)
        page = await storage.list_changes("0-0", 10)
        assert page
        assert () == page.changes


async def test_servers_go_on(storage: Storage, place: Place) -> None:
    """Statuses that are set while open instances are purged are there as a whole or not at all."""
    service = Service(storage, await storage.publish([LINE]))
    tokens = [await created(service, seconds=DAY) for _ in range(60)]
    place.clock.step(60)
    async with place.open() as other:
        another = Service(other, service.catalogue)

        async def work() -> None:
            for token in reversed(tokens):
                await another.set_status(token, "RUN")
                await another.set_status(token, "END")

        await asyncio.gather(work(), purged(storage, Old(60, with_open=True), 7))
        for token in tokens:
            seen = await storage.look(token, events=True)
            assert seen is None or len(seen.facts.set_ids) == len(seen.events)
    orphans = {
        "sqlite": "pragma foreign_key_check",
        "postgres": "select from event where token not in (select token from instance)",
    }
    assert [] == rows(place, orphans[place.kind])


GATE = """
create or replace function now() returns timestamptz language plpgsql volatile as $$
begin
    if current_setting('application_name') = 'purger' then
        perform pg_advisory_lock_shared(hashtext(current_schema));
        perform pg_advisory_unlock_shared(hashtext(current_schema));
    end if;
    return (select now from the_clock);
end $$
"""
BLOCKED = "select from pg_locks where locktype = 'advisory' and not granted"


async def test_a_change_at_that_moment_stays(tmp_path: Path) -> None:
    """On PostgreSQL what has changed since the statement began is not removed, since it does not
    see the events of the change."""
    with place_of("postgres", tmp_path) as place:
        events = "select count(*) from event"
        async with open_postgres(place.url) as storage:
            service = Service(storage, await storage.publish([LINE]))
            token = await created(service)
            place.clock.step(DAY)
            execute(place.url, GATE, "select pg_advisory_lock(hashtext(current_schema))")
            purger = await connect(place.url)
            await purger.execute("set application_name = purger")
            removing = asyncio.ensure_future(purger.fetchrow(SQL["remove_old"], [token], 60, False))
            while not execute(place.url, BLOCKED):  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.01)
            assert Finished(FinishReason.TIMEOUT) == await service.check_is_finished(token)
            execute(place.url, "select pg_advisory_unlock(hashtext(current_schema))")
            assert (0, 0) == tuple(await removing)
            assert [(1,)] == rows(place, events)
            assert (1, 0) == tuple(await purger.fetchrow(SQL["remove_old"], [token], 60, False))
            assert [(0,)] == rows(place, events)
            await purger.close()
