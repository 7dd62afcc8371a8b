"""Watching: every change is told, whoever made it and whoever still waits for its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from pathlib import Path

import pytest

from statusek_server import StatusModel
from statusek_server.answers import Created
from statusek_server.models import Status
from statusek_server.service import Service
from statusek_server.storage.protocol import Storage
from statusek_server.storage.sqlite import open_sqlite
from strategies.databases import KINDS, Place, place_of

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


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with place_of(request.param, tmp_path) as found:
        yield found


@pytest.fixture
async def storage(place: Place) -> AsyncGenerator[Storage]:
    async with place.open() as opened:
        yield opened


async def created(service: Service) -> str:
    answer = await service.create("LINE")
    assert isinstance(answer, Created)
    return answer.token


async def test_what_is_told(storage: Storage, place: Place) -> None:
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
        place.clock.step(60)
        for _ in range(2):
            await service.set_status(b, "RUN")
            await service.check_is_finished(c)
            await storage.finish_due(10)
        await service.beat(d)
        assert [a, a, b, c, d] == told.tokens
    await service.set_status(await created(service), "RUN")
    assert [a, a, b, c, d] == told.tokens


async def test_a_caller_that_is_gone(tmp_path: Path) -> None:
    """A change is told although nobody waits for its answer any longer."""
    async with open_sqlite(str(tmp_path / "statusek.db")) as storage:
        service = Service(storage, await storage.publish([LINE]))
        token = await created(service)
        told = Told()
        async with storage.watch(told):
            call = asyncio.ensure_future(service.set_status(token, "RUN"))
            await asyncio.sleep(0)
            call.cancel()
            await storage.set_global_status("behind it in the queue", "")
        assert (True, [token]) == (call.cancelled(), told.tokens)


async def test_another_server_on_the_file(tmp_path: Path) -> None:
    """What another server changes cannot be named, so that everybody is told to look again."""
    path = str(tmp_path / "statusek.db")
    async with open_sqlite(path) as storage, open_sqlite(path) as other:
        service = Service(other, await other.publish([LINE]))
        token = await created(service)
        told = Told()
        async with storage.watch(told):
            await asyncio.wait_for(told.anything.wait(), 30)
            told.anything.clear()
            await service.set_status(token, "RUN")
            await asyncio.wait_for(told.anything.wait(), 30)
        assert [] == told.tokens
