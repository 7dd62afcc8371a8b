"""Listing and following: every instance once, newest first; every change in order."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from statusek_server import StatusModel
from statusek_server.answers import Created
from statusek_server.models import Status, StatusType
from statusek_server.outcomes import FinishReason
from statusek_server.service import Service
from statusek_server.storage import (
    postgres_following,
    postgres_listing,
    sqlite_changes,
    sqlite_listing,
)
from statusek_server.storage.instances import Snapshot
from statusek_server.storage.pages import ChangePage, InstanceFilter, InstancePage, Position
from statusek_server.storage.protocol import Storage
from statusek_server.storage.queries import queries
from statusek_server.storage.sqlite import SqliteStorage, open_sqlite
from strategies.databases import KINDS, Place, place_of
from strategies.server_kit import START, FakeClock

pytestmark = pytest.mark.anyio

LINE = StatusModel("LINE", [Status("RUN"), Status("END", after=("RUN",))])
LONGER = StatusModel("LINE", [Status("RUN"), Status("MIDDLE", StatusType.OPTIONAL), Status("END")])
OTHER = StatusModel("OTHER", [Status("RUN", StatusType.STOP), Status("X")])


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with place_of(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def clock(place: Place) -> FakeClock:
    return place.clock


@pytest.fixture
async def storage(place: Place) -> AsyncGenerator[Storage]:
    async with place.open() as opened:
        yield opened


async def created(service: Service, name: str, *statuses: str, seconds: int = 1000) -> str:
    answer = await service.create(name, seconds)
    assert isinstance(answer, Created)
    for status in statuses:
        await service.set_status(answer.token, status)
    return answer.token


async def peopled(storage: Storage, clock: FakeClock) -> Service:
    """A service with instances in every state, of two objects, one of them in two versions."""
    older = Service(storage, await storage.publish([LINE, OTHER]))
    for at in range(3):
        await created(older, "LINE")
        await created(older, "OTHER")
        clock.step(at)  # some are created at the same moment
        await created(older, "LINE", "RUN")
        await created(older, "OTHER", "RUN")
    newer = Service(storage, await storage.publish([LONGER, OTHER]))
    for _ in range(3):
        await created(newer, "LINE", "RUN", "MIDDLE")
        await created(newer, "LINE", "RUN", "END")
        clock.step(1)
        await created(newer, "OTHER", seconds=2)
    return newer


async def pages(service: Service, wanted: InstanceFilter, limit: int) -> list[Snapshot]:
    found: list[Snapshot] = []
    after: Position | None = None
    while True:
        page = await service.list_instances(wanted, after, limit)
        assert isinstance(page, InstancePage)
        assert len(page.instances) <= limit
        found += page.instances
        after = page.after
        if after is None:
            return found


def is_wanted(seen: Snapshot, wanted: InstanceFilter) -> bool:
    """The meaning of a filter, said once more and plainly."""
    age = (seen.seen_at - seen.created_at).total_seconds()
    finish = seen.facts.finish
    names = [seen.published.statuses[number].name for number in seen.facts.set_ids]
    return (
        wanted.object_name in (None, seen.published.model.name)
        and wanted.is_finished in (None, finish is not None)
        and wanted.reason in (None, finish.reason if finish else "none")
        and wanted.status_name in (None, *names)
        and (wanted.oldest is None or age <= wanted.oldest)
        and (wanted.youngest is None or age >= wanted.youngest)
    )


async def test_every_filter(storage: Storage, clock: FakeClock) -> None:
    """Page by page, a listing has exactly what its filter says, newest first, each once."""
    service = await peopled(storage, clock)
    everything = await pages(service, InstanceFilter(), 1000)
    assert (21, 21) == (len(everything), len({seen.token for seen in everything}))
    ages = [seen.created_at for seen in everything]
    assert sorted(ages, reverse=True) == ages
    assert {*FinishReason, None} == {
        seen.facts.finish.reason if seen.facts.finish else None for seen in everything
    }
    for values in product(
        (None, "LINE", "OTHER", "NEITHER"),
        (None, True, False),
        (None, *FinishReason),
        (None, "RUN", "MIDDLE", "NEITHER"),
        (None, 3),
        (None, 2),
    ):
        wanted = InstanceFilter(*values)
        expected = [seen for seen in everything if is_wanted(seen, wanted)]
        assert expected == await pages(service, wanted, 1000), wanted
        assert expected == await pages(service, wanted, 2), wanted


async def test_pages_stay_while_instances_come(storage: Storage, clock: FakeClock) -> None:
    """What is created between two pages moves nothing, not even at the same moment."""
    service = await peopled(storage, clock)
    everything = await pages(service, InstanceFilter(), 1000)
    found: list[Snapshot] = []
    page = await storage.list_instances(InstanceFilter(), None, 4)
    while page.after:
        found += page.instances
        await created(service, "LINE")
        page = await storage.list_instances(InstanceFilter(), page.after, 4)
    assert everything == [*found, *page.instances]


async def test_an_instance_that_is_due(storage: Storage, clock: FakeClock) -> None:
    """A listing never shows as open what is due, and finishes it as a look would."""
    service = Service(storage, await storage.publish([LINE]))
    token = await created(service, "LINE", seconds=5)
    clock.step(6)
    assert [] == await pages(service, InstanceFilter(is_finished=False), 5)
    [seen] = await pages(service, InstanceFilter(reason=FinishReason.TIMEOUT), 5)
    assert (seen, START + timedelta(seconds=5)) == (
        await storage.look(token),
        seen.facts.finish.at if seen.facts.finish else None,
    )


async def test_a_page_is_bounded(
    storage: Storage, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where much must be passed over a page ends early, and the next one goes on."""
    for module in (sqlite_listing, postgres_listing):
        monkeypatch.setattr(module, "MOST_SEEN", 3)
    service = await peopled(storage, clock)
    wanted = InstanceFilter(status_name="RUN")
    page = await storage.list_instances(wanted, None, 2)
    assert page.after is not None
    assert len(page.instances) <= 3
    assert 12 == len(await pages(service, wanted, 2))


async def test_a_listing_reads_an_index(tmp_path: Path) -> None:
    """No listing on SQLite sorts or reads what it does not show, whatever its filter."""
    path = str(tmp_path / "statusek.db")
    async with open_sqlite(path) as storage:
        await storage.publish([LINE])
    connection = sqlite3.connect(path)
    row = {
        "model_id": 1,
        "finish_reason": None,
        "oldest": 0,
        "youngest": 1,
        "before": 1,
        "before_token": "x",
    }
    sql = "explain query plan " + queries("sqlite")["list_instances"]
    plan = [detail for *_, detail in connection.execute(sql, row)]
    connection.close()
    assert "INDEX instance_listed (model_id=? AND finish_reason=? AND created_at" in plan[0]
    assert [] == [detail for detail in plan if "TEMP" in detail]


async def read(storage: Storage, after: str | None, limit: int = 100) -> ChangePage:
    page = await storage.list_changes(after, limit)
    assert page is not None
    return page


def told(page: ChangePage) -> list[tuple[str, int | None, FinishReason | None]]:
    return [
        (
            change.token,
            change.event.status_id if change.event else None,
            change.finish.reason if change.finish else None,
        )
        for change in page.changes
    ]


async def changed(storage: Storage, clock: FakeClock) -> list[tuple[object, ...]]:
    """Change instances in every way; what followers are to be told."""
    service = Service(storage, await storage.publish([LINE, OTHER]))
    timed = await created(service, "LINE", "RUN", seconds=5)
    line = await created(service, "LINE", "RUN")
    stopped = await created(service, "OTHER", "RUN")
    clock.step(6)
    await storage.finish_due(10)
    await service.set_status(line, "END")
    # What time has finished comes where it was noticed on PostgreSQL, behind the rest on SQLite.
    ends: list[tuple[object, ...]] = [
        (line, 2, FinishReason.ALL_MANDATORY_STATUSES_ARE_SET),
        (timed, None, FinishReason.TIMEOUT),
    ]
    return [
        (timed, 1, None),
        (line, 1, None),
        (stopped, 3, FinishReason.STOP_STATUS_IS_SET),
        *(ends if isinstance(storage, SqliteStorage) else reversed(ends)),
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_changes(storage: Storage, clock: FakeClock, limit: int) -> None:
    """Page by page, every change comes once, those of an instance in their order."""
    start = await read(storage, None)
    assert ((), True) == (start.changes, start.is_last)
    expected = await changed(storage, clock)
    found: list[object] = []
    page = await read(storage, start.mark, limit)
    while not page.is_last:
        assert 0 < len(page.changes) <= max(limit, 1) * 2
        found += told(page)
        page = await read(storage, page.mark, limit)
    found += told(page)
    assert expected == found
    assert ((), True) == ((await read(storage, (await read(storage, None)).mark)).changes, True)
    assert ChangePage((), page.mark, is_last=True) == await read(storage, page.mark, limit)


async def test_every_mark(storage: Storage, clock: FakeClock) -> None:
    """Whoever goes on from the mark of a change gets exactly what comes after it."""
    start = await read(storage, None)
    expected = await changed(storage, clock)
    changes = (await read(storage, start.mark)).changes
    for at, change in enumerate(changes, 1):
        assert expected[at:] == told(await read(storage, change.mark))


@pytest.mark.parametrize(
    "mark", ["", "x", "1", "1-", "1-2-3", "-1-0", "1-0 ", f"{10**17}-0", "\uff11-0"]
)
async def test_a_mark_that_is_none(storage: Storage, mark: str) -> None:
    """A text that is no mark, and one from ahead, are told apart from marks."""
    assert await storage.list_changes(mark, 10) is None


async def test_a_mark_of_other_ends(tmp_path: Path) -> None:
    """On SQLite a mark has two numbers, and neither may be from ahead."""
    async with open_sqlite(str(tmp_path / "statusek.db")) as storage:
        assert await storage.list_changes("0-9", 10) is None


async def test_long_messages(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page ends early where messages are long, and the next one goes on."""
    for module in (sqlite_changes, postgres_following):
        monkeypatch.setattr(module, "LARGEST_PAGE", 10)
    service = Service(storage, await storage.publish([LONGER]))
    token = await created(service, "LINE", "RUN")
    await service.set_status(token, "MIDDLE", 20 * "x")
    await service.set_status(token, "END")
    first = await read(storage, "0-0")
    second = await read(storage, first.mark)
    assert ([1, 2], False, [3], True) == (
        [change.event.status_id for change in first.changes if change.event],
        first.is_last,
        [change.event.status_id for change in second.changes if change.event],
        second.is_last,
    )
