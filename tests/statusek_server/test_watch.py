"""Watching: every change is told, whoever made it and whoever still waits for its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest

from statusek_server import StatusModel
from statusek_server.answers import Created
from statusek_server.models import Status
from statusek_server.service import Service
from statusek_server.storage.sqlite import SqliteStorage, open_sqlite
from strategies.server_kit import FakeClock

pytestmark = pytest.mark.anyio

LINE = StatusModel("LINE", [Status("RUN"), Status("END", after=("RUN",))], "A line", 60)


class Told:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.anything = asyncio.Event()

    def __call__(self, tokens: Sequence[str] | None) -> None:
        if tokens is None:
            self.anything.set()
        else:
            self.tokens += tokens


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "statusek.db")


@pytest.fixture
async def storage(path: str, clock: FakeClock) -> AsyncGenerator[SqliteStorage]:
    async with open_sqlite(path, clock) as opened:
        yield opened


async def created(service: Service) -> str:
    answer = await service.create("LINE")
    assert isinstance(answer, Created)
    return answer.token


async def test_what_is_told(storage: SqliteStorage, clock: FakeClock) -> None:
    """Told are events and ends; not creates, refusals, signs of life, nor what was told before."""
    service = Service(storage, await storage.publish([LINE]))
    told = Told()
    async with storage.watch(told):
        a, b, c, d = [await created(service) for _ in "abcd"]
        assert [] == told.tokens
        await service.set_status(a, "RUN")
        await service.set_status(a, "RUN")
        await service.set_status(a, "END")
        await service.beat(b)
        assert [a, a] == told.tokens
        clock.step(60)
        for _ in range(2):
            await service.set_status(b, "RUN")
            await service.check_is_finished(c)
            await storage.finish_due(10)
        await service.beat(d)
        assert [a, a, b, c, d] == told.tokens
    await service.set_status(await created(service), "RUN")
    assert [a, a, b, c, d] == told.tokens


async def test_a_caller_that_is_gone(storage: SqliteStorage) -> None:
    """A change is told although nobody waits for its answer any longer."""
    service = Service(storage, await storage.publish([LINE]))
    token = await created(service)
    told = Told()
    async with storage.watch(told):
        call = asyncio.ensure_future(service.set_status(token, "RUN"))
        await asyncio.sleep(0)
        call.cancel()
        await storage.set_global_status("behind it in the queue", "")
    assert (True, [token]) == (call.cancelled(), told.tokens)


async def test_another_server_on_the_file(storage: SqliteStorage, path: str) -> None:
    """What another server changes cannot be named, so that everybody is told to look again."""
    async with open_sqlite(path) as other:
        service = Service(other, await other.publish([LINE]))
        token = await created(service)
        told = Told()
        async with storage.watch(told):
            await asyncio.wait_for(told.anything.wait(), 30)
            told.anything.clear()
            await service.set_status(token, "RUN")
            await asyncio.wait_for(told.anything.wait(), 30)
        assert [] == told.tokens
