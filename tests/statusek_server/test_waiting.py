"""Waiting: told once when it is enough, however many wait, and never left hanging."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from attrs import define, evolve, field

from statusek_server import StatusModel
from statusek_server.errors import StorageError
from statusek_server.models import Status
from statusek_server.outcomes import FinishReason
from statusek_server.rules import Facts, Finish, finish_of
from statusek_server.service import has_news, is_finished
from statusek_server.storage.instances import Snapshot
from statusek_server.versions import PublishedModel
from statusek_server.waiting import LOOKS, Waiting

pytestmark = pytest.mark.anyio

START = datetime(2026, 3, 1, tzinfo=UTC)
PUBLISHED = PublishedModel(1, 1, StatusModel("LINE", [Status("RUN")]), {"RUN": 1}, START)
LONG = 3600.0


@define
class FakeStorage:
    """Instances in a dict, looked at as slowly as a test wants; it counts looks."""

    now: datetime = START
    facts: dict[str, Facts] = field(factory=dict)
    looks: Counter[str] = field(factory=Counter)
    looked: asyncio.Event = field(factory=asyncio.Event)
    at_once: int = 0
    most_at_once: int = 0
    gate: asyncio.Event | None = None
    trouble: str = ""

    async def look(self, token: str) -> Snapshot | None:
        self.looks[token] += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        seen = self._seen(token)
        try:
            await (self.gate.wait() if self.gate else asyncio.sleep(0))
        finally:
            self.at_once -= 1
            self.looked.set()
        if self.trouble:
            raise StorageError(self.trouble)
        return seen

    def open(self, *tokens: str, seconds: float = LONG) -> None:
        for token in tokens:
            self.facts[token] = Facts((), self.now + timedelta(seconds=seconds))

    def set(self, token: str, number: int) -> None:
        facts = self.facts[token]
        self.facts[token] = evolve(facts, set_ids=(*facts.set_ids, number))

    def finish(self, token: str) -> None:
        finish = Finish(self.now, FinishReason.STOP_STATUS_IS_SET)
        self.facts[token] = evolve(self.facts[token], finish=finish)

    def _seen(self, token: str) -> Snapshot | None:
        facts = self.facts.get(token)
        if facts is None:
            return None
        facts = evolve(facts, finish=finish_of(facts, self.now))
        return Snapshot(token, PUBLISHED, facts, START, facts.due_at, self.now)


@pytest.fixture
def storage() -> FakeStorage:
    return FakeStorage()


@pytest.fixture
def waiting(storage: FakeStorage) -> Waiting:
    return Waiting(storage.look)


async def settled() -> None:
    """Return when everything that can run has run."""
    for _ in range(20):
        await asyncio.sleep(0)


async def waiters(
    waiting: Waiting, *tokens: str, seconds: float | None = None
) -> list[asyncio.Task[Snapshot | None]]:
    tasks = [asyncio.create_task(waiting.until(token, is_finished, seconds)) for token in tokens]
    await settled()
    return tasks


def reason(seen: Snapshot | None) -> FinishReason | None:
    assert seen is not None
    return seen.facts.finish.reason if seen.facts.finish else None


async def test_what_is_enough_already(storage: FakeStorage, waiting: Waiting) -> None:
    """What is far enough when it is asked for is answered after one look, and nobody waits."""
    storage.open("a")
    storage.finish("a")
    seen = await waiting.until("a", is_finished)
    assert (FinishReason.STOP_STATUS_IS_SET, {"a": 1}, 0) == (
        reason(seen),
        storage.looks,
        waiting.count,
    )


async def test_an_unknown_token(waiting: Waiting) -> None:
    """Nobody waits for an instance that does not exist."""
    assert await waiting.until("a", is_finished) is None
    assert 0 == waiting.count


async def test_told_of_a_finish(storage: FakeStorage, waiting: Waiting) -> None:
    """A waiter is told of the finish, and of nothing before; the others go on waiting."""
    storage.open("a", "b")
    first, second = await waiters(waiting, "a", "b")
    storage.set("a", 1)
    waiting.notify(["a", "c"])
    await settled()
    assert 2 == waiting.count
    storage.finish("a")
    waiting.notify(["a", "a"])
    assert FinishReason.STOP_STATUS_IS_SET is reason(await first)
    assert (1, {"a": 3, "b": 1}, False) == (waiting.count, storage.looks, second.done())
    second.cancel()


async def test_told_of_events(storage: FakeStorage, waiting: Waiting) -> None:
    """Who knows some events is told when there are more, and at once where there are."""
    storage.open("a")
    storage.set("a", 1)
    waiter = asyncio.create_task(waiting.until("a", has_news(1)))
    await settled()
    storage.set("a", 2)
    waiting.notify(["a"])
    seen = await waiter
    assert seen is not None
    assert (1, 2) == seen.facts.set_ids
    assert seen == await waiting.until("a", has_news(0))


async def test_anything_may_have_changed(storage: FakeStorage, waiting: Waiting) -> None:
    """When news were missed, everything that is waited for is looked at again."""
    storage.open("a", "b", "c")
    first, second = await waiters(waiting, "a", "b")
    storage.finish("b")
    waiting.notify(None)
    await second
    assert (False, {"a": 2, "b": 2}) == (first.done(), storage.looks)
    first.cancel()


async def test_a_change_during_the_first_look(storage: FakeStorage, waiting: Waiting) -> None:
    """What changes after a waiter has looked, and before its look is answered, is not lost."""
    storage.open("a")
    storage.gate = asyncio.Event()
    [waiter] = await waiters(waiting, "a")
    storage.finish("a")
    waiting.notify(["a"])
    await settled()
    storage.gate.set()
    assert FinishReason.STOP_STATUS_IS_SET is reason(await waiter)


async def test_a_change_during_a_later_look(storage: FakeStorage, waiting: Waiting) -> None:
    """What changes while a change is looked at is looked at again."""
    storage.open("a")
    [waiter] = await waiters(waiting, "a")
    storage.gate = asyncio.Event()
    waiting.notify(["a"])
    await settled()
    storage.finish("a")
    waiting.notify(["a"])
    await settled()
    storage.gate.set()
    assert FinishReason.STOP_STATUS_IS_SET is reason(await waiter)


async def test_many_share_a_look(storage: FakeStorage, waiting: Waiting) -> None:
    """A thousand who wait for one instance are told by one look."""
    storage.open("a")
    tasks = await waiters(waiting, *["a"] * 1000)
    assert (1000, 1000) == (waiting.count, storage.looks["a"])
    storage.finish("a")
    waiting.notify(["a"])
    assert {FinishReason.STOP_STATUS_IS_SET} == {reason(seen) for seen in await all_of(tasks)}
    assert (0, 1001) == (waiting.count, storage.looks["a"])


async def all_of(tasks: list[asyncio.Task[Snapshot | None]]) -> list[Snapshot | None]:
    return await asyncio.gather(*tasks)


async def test_looks_do_not_stampede(storage: FakeStorage, waiting: Waiting) -> None:
    """However many instances change at once, few are looked at at once, and all are told."""
    tokens = [str(number) for number in range(200)]
    storage.open(*tokens)
    tasks = await waiters(waiting, *tokens)
    storage.most_at_once = 0
    for token in tokens:
        storage.finish(token)
        waiting.notify([token])
    waiting.notify(None)
    assert {FinishReason.STOP_STATUS_IS_SET} == {reason(seen) for seen in await all_of(tasks)}
    assert LOOKS == storage.most_at_once


async def test_a_finish_by_timeout(storage: FakeStorage, waiting: Waiting) -> None:
    """A waiter is told of the finish by timeout although nobody notifies anything."""
    storage.open("a", seconds=0.01)
    [waiter] = await waiters(waiting, "a")
    assert not waiter.done()
    storage.now += timedelta(seconds=0.01)
    assert FinishReason.TIMEOUT is reason(await waiter)


async def test_a_due_time_that_moves(storage: FakeStorage, waiting: Waiting) -> None:
    """An instance that is not yet due when its time was to come is looked at when it is."""
    storage.open("a", seconds=0.01)
    [waiter] = await waiters(waiting, "a")
    storage.open("a", seconds=0.02)
    storage.looked.clear()
    await storage.looked.wait()
    assert not waiter.done()
    storage.now += timedelta(seconds=0.02)
    assert FinishReason.TIMEOUT is reason(await waiter)
    assert storage.looks["a"] >= 3


async def test_the_time_passes(storage: FakeStorage, waiting: Waiting) -> None:
    """Who has waited long enough gets the instance as it is, looked at once more."""
    storage.open("a")
    [waiter] = await waiters(waiting, "a", seconds=0.001)
    assert None is reason(await waiter)
    assert (0, 2) == (waiting.count, storage.looks["a"])


async def test_who_goes(storage: FakeStorage, waiting: Waiting) -> None:
    """Who goes is forgotten at once, and those who stay are told all the same."""
    storage.open("a", "b")
    gone, stays, alone = await waiters(waiting, "a", "a", "b")
    gone.cancel()
    alone.cancel()
    await settled()
    assert 1 == waiting.count
    storage.finish("a")
    waiting.notify(["a", "b"])
    assert FinishReason.STOP_STATUS_IS_SET is reason(await stays)
    assert 1 == storage.looks["b"]


async def test_who_goes_while_it_is_looked_at(storage: FakeStorage, waiting: Waiting) -> None:
    """The last waiter may go while its instance is looked at; nothing is left of it."""
    storage.open("a")
    [waiter] = await waiters(waiting, "a")
    storage.gate = asyncio.Event()
    waiting.notify(["a"])
    await settled()
    waiter.cancel()
    await settled()
    storage.gate.set()
    await settled()
    assert (0, 2) == (waiting.count, storage.looks["a"])


async def test_who_goes_before_it_is_looked_at(storage: FakeStorage) -> None:
    """An instance whose last waiter has gone is not looked at, although it has changed."""
    waiting = Waiting(storage.look, looks=1)
    storage.open("a", "b")
    stays, goes = await waiters(waiting, "a", "b")
    storage.gate = asyncio.Event()
    waiting.notify(["a", "b"])
    await settled()
    goes.cancel()
    await settled()
    storage.gate.set()
    await settled()
    assert {"a": 2, "b": 1} == storage.looks
    stays.cancel()


@pytest.mark.parametrize("moment", ["first", "later", "last"])
async def test_trouble(storage: FakeStorage, waiting: Waiting, moment: str) -> None:
    """Trouble of the storage is told to whoever waits; it never looks like a fact."""
    storage.open("a")
    storage.trouble = "away" if moment == "first" else ""
    seconds = 0.001 if moment == "last" else None
    tasks = [asyncio.create_task(waiting.until("a", is_finished, seconds)) for _ in range(2)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    storage.trouble = "away"
    if moment == "later":
        await settled()
        waiting.notify(["a"])
    for task in tasks:
        with pytest.raises(StorageError, match="away"):
            await task
    assert 0 == waiting.count


async def test_trouble_after_the_answer(storage: FakeStorage) -> None:
    """Trouble comes too late for who was answered a moment before."""
    answers: list[asyncio.Future[None]] = []

    async def look(token: str) -> Snapshot | None:
        if answers:
            await answers.pop(0)
        return await storage.look(token)

    waiting = Waiting(look)
    storage.open("a")
    [waiter] = await waiters(waiting, "a")
    storage.finish("a")
    good, bad = asyncio.Future[None](), asyncio.Future[None]()
    answers += [good, bad]
    waiting.notify(["a"])
    await settled()
    waiting.notify(["a"])
    await settled()
    good.set_result(None)
    await asyncio.sleep(0)
    bad.set_exception(StorageError("away"))
    assert FinishReason.STOP_STATUS_IS_SET is reason(await waiter)


async def test_an_instance_that_vanishes(storage: FakeStorage, waiting: Waiting) -> None:
    """Who waits for an instance that is removed is told that there is none."""
    storage.open("a")
    [waiter] = await waiters(waiting, "a")
    del storage.facts["a"]
    waiting.notify(["a"])
    assert await waiter is None


async def test_closing(storage: FakeStorage, waiting: Waiting) -> None:
    """When it is closed everybody is answered with what there is, and nobody waits any more."""
    storage.open("a", "b")
    tasks = await waiters(waiting, "a", "a", "b")
    waiting.close()
    waiting.close()
    assert [None, None, None] == [reason(seen) for seen in await all_of(tasks)]
    assert None is reason(await waiting.until("a", is_finished))
    waiting.notify(["a"])
    await settled()
    assert (0, {"a": 3, "b": 1}) == (waiting.count, storage.looks)


async def test_closing_during_the_first_look(storage: FakeStorage, waiting: Waiting) -> None:
    """Who has not looked yet when it is closed is answered after its look."""
    storage.open("a")
    storage.gate = asyncio.Event()
    [waiter] = await waiters(waiting, "a")
    waiting.close()
    storage.gate.set()
    assert None is reason(await waiter)


async def test_closing_during_a_later_look(storage: FakeStorage, waiting: Waiting) -> None:
    """Who waits for a look when it is closed is answered without it."""
    storage.open("a")
    [waiter] = await waiters(waiting, "a")
    storage.gate = asyncio.Event()
    waiting.notify(["a"])
    await settled()
    waiting.close()
    assert None is reason(await waiter)
    storage.gate.set()
    await settled()
