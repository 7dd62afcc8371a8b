"""The feed: every follower gets every change, together where they can, or is told that it lags."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime

import pytest
from attrs import define, field

from statusek_server import StatusModel
from statusek_server.errors import StorageError
from statusek_server.feed import Feed, Form, Lagged, SharedPage
from statusek_server.models import Status
from statusek_server.storage.pages import Change, ChangePage
from statusek_server.versions import PublishedModel

pytestmark = pytest.mark.anyio

START = datetime(2026, 3, 1, tzinfo=UTC)
PUBLISHED = PublishedModel(1, 1, StatusModel("LINE", [Status("RUN")]), {"RUN": 1}, START)
Told = list[str] | Lagged


@define
class FakeStorage:
    """Changes in a list, whose marks are their numbers; it counts how often it is read."""

    count: int = 0
    reads: list[str | None] = field(factory=list)
    trouble: str = ""

    async def list_changes(self, after: str | None, limit: int) -> ChangePage | None:
        self.reads.append(after)
        present = self.count
        await asyncio.sleep(0)
        if self.trouble:
            raise StorageError(self.trouble)
        if after is None:
            return ChangePage((), str(present), is_last=True)
        if not after.isdigit():
            return None
        last = min(int(after) + limit, present)
        changes = [
            Change("token", PUBLISHED, None, None, str(number))
            for number in range(int(after) + 1, last + 1)
        ]
        return ChangePage(tuple(changes), str(last), is_last=len(changes) < limit)


@pytest.fixture
def storage() -> FakeStorage:
    return FakeStorage()


@pytest.fixture
def feed(storage: FakeStorage) -> Feed:
    return Feed(storage.list_changes, page=3, farthest=2)


async def next_of(pages: AsyncGenerator[SharedPage | Lagged]) -> Told:
    page = await anext(pages)
    return page if isinstance(page, Lagged) else [change.mark for change in page.page.changes]


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_from_the_present(storage: FakeStorage, feed: Feed) -> None:
    """A follower without a mark begins at the present, and gets what comes."""
    storage.count = 5
    async with aclosing(feed.follow()) as pages:
        assert [] == await next_of(pages)
        coming = asyncio.ensure_future(next_of(pages))
        await settled()
        assert not coming.done()
        storage.count = 7
        feed.notify()
        assert ["6", "7"] == await coming


async def test_from_a_mark(storage: FakeStorage, feed: Feed) -> None:
    """A follower with a mark gets what it has not, page by page."""
    storage.count = 5
    async with aclosing(feed.follow("1")) as pages:
        assert (["2", "3", "4"], ["5"]) == (await next_of(pages), await next_of(pages))


async def test_a_change_while_it_is_read(storage: FakeStorage, feed: Feed) -> None:
    """What changes while a follower reads is not lost."""
    async with aclosing(feed.follow("0")) as pages:
        coming = asyncio.ensure_future(next_of(pages))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        storage.count = 1
        feed.notify()
        assert ["1"] == await coming


async def test_followers_share(storage: FakeStorage, feed: Feed) -> None:
    """However many stand at the same mark, what changes is read once."""
    followers = [feed.follow("0") for _ in range(100)]
    coming = [asyncio.ensure_future(next_of(pages)) for pages in followers]
    await settled()
    storage.reads.clear()
    storage.count = 1
    feed.notify()
    assert [["1"]] * 100 == await asyncio.gather(*coming)
    assert ["0"] == storage.reads
    for pages in followers:
        await pages.aclose()


async def test_followers_share_what_is_written(storage: FakeStorage, feed: Feed) -> None:
    """However many send a page in the same form, it is written once, and so is another form."""
    storage.count = 2
    written: list[str] = []

    def short(page: ChangePage) -> Sequence[bytes]:
        written.append("short")
        return [change.mark.encode() for change in page.changes]

    def long(page: ChangePage) -> Sequence[bytes]:
        written.append("long")
        return [f"the change {change.mark}".encode() for change in page.changes]

    async def sent(form: Form) -> Sequence[bytes]:
        async with aclosing(feed.follow("0")) as pages:
            page = await anext(pages)
        assert isinstance(page, SharedPage)
        return page.written(form)

    found = await asyncio.gather(*[sent(form) for form in (short, long, short, short)])
    shorts, longs = [b"1", b"2"], [b"the change 1", b"the change 2"]
    assert [shorts, longs, shorts, shorts] == found
    assert ["short", "long"] == written


async def test_one_who_goes(storage: FakeStorage, feed: Feed) -> None:
    """A follower who goes while it is read for several takes nothing from the others."""
    gone, stays = feed.follow("0"), feed.follow("0")
    coming = [asyncio.ensure_future(next_of(pages)) for pages in (gone, stays)]
    await settled()
    storage.count = 1
    feed.notify()
    await asyncio.sleep(0)
    coming[0].cancel()
    assert ["1"] == await coming[1]
    await stays.aclose()


async def test_too_far_behind(storage: FakeStorage, feed: Feed) -> None:
    """A follower who is too far behind is told so, and goes on from the present."""
    storage.count = 100
    async with aclosing(feed.follow("0")) as pages:
        assert [["1", "2", "3"], ["4", "5", "6"], Lagged(), []] == [
            await next_of(pages) for _ in range(4)
        ]
        storage.count = 101
        feed.notify()
        assert ["101"] == await next_of(pages)


async def test_an_unknown_mark(storage: FakeStorage, feed: Feed) -> None:
    """A follower whose mark is not known is told that it lags."""
    storage.count = 3
    async with aclosing(feed.follow("x")) as pages:
        assert [Lagged(), []] == [await next_of(pages) for _ in range(2)]
    assert ["x", None] == storage.reads


async def test_trouble(storage: FakeStorage, feed: Feed) -> None:
    """Trouble of the storage ends a follower."""
    storage.trouble = "away"
    with pytest.raises(StorageError, match="away"):
        await anext(feed.follow("0"))


async def test_closing(storage: FakeStorage, feed: Feed) -> None:
    """When it is closed followers get what has changed until then, and end."""
    pages = feed.follow("0")
    coming = asyncio.ensure_future(next_of(pages))
    await settled()
    storage.count = 1
    feed.close()
    assert ["1"] == await coming
    with pytest.raises(StopAsyncIteration):
        await anext(pages)
