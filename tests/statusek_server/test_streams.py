"""Streams of events: what a reader sees when it comes back, goes, is slow, or the server stops."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from attrs import frozen
from starlette.types import Message

from statusek_server import StatusModel
from statusek_server.answers import Created
from statusek_server.api.streams import LARGE, EventStream, of_all, of_instance
from statusek_server.errors import StorageError
from statusek_server.feed import Feed
from statusek_server.models import Status
from statusek_server.service import Service
from statusek_server.storage.sqlite import open_sqlite
from statusek_server.waiting import Waiting
from strategies.server_kit import FakeClock, client, running

pytestmark = pytest.mark.anyio


@frozen
class Seen:
    """An event as a reader has it."""

    id: str | None
    name: str
    data: dict[str, object]


def parsed(block: str) -> Seen | str:
    """An event, or the text of a block that is none."""
    fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
    if "data" not in fields:
        return block
    return Seen(fields.get("id"), fields["event"], json.loads(fields["data"]))


async def blocks(response: httpx2.Response) -> AsyncIterator[Seen | str]:
    rest = ""
    async for text in response.aiter_text():
        *complete, rest = (rest + text).split("\n\n")
        for block in complete:
            yield parsed(block)
    assert "" == rest


@asynccontextmanager
async def opened(
    server: httpx2.AsyncClient, path: str, last: str | None = None
) -> AsyncGenerator[AsyncIterator[Seen | str]]:
    headers = {} if last is None else {"last-event-id": last}
    async with server.stream("GET", f"/api/v1{path}", headers=headers) as response:
        assert (200, "text/event-stream; charset=utf-8", "no-store") == (
            response.status_code,
            response.headers["content-type"],
            response.headers["cache-control"],
        )
        yield blocks(response)


async def created(server: httpx2.AsyncClient, *names: str, seconds: int = 600) -> str:
    body = {"object": "TASK", "timeout": seconds}
    token: str = (await server.post("/api/v1/instances", json=body)).json()["token"]
    for name in names:
        await set_status(server, token, name)
    return token


async def set_status(server: httpx2.AsyncClient, token: str, name: str) -> None:
    body = {"status": name, "message": f"<{name}>\n"}
    assert 201 == (await server.post(f"/api/v1/instances/{token}/events", json=body)).status_code


def status(number: int, name: str, kind: str, description: str) -> Seen:
    data: dict[str, object] = {
        "number": number,
        "status": name,
        "type": kind,
        "description": description,
        "message": f"<{name}>\n",
        "created": "2026-03-01T12:00:00.25Z",
    }
    return Seen(str(number), "status", data)


def finished(token: str, reason: str, identifier: str = "end") -> Seen:
    data: dict[str, object] = {
        "token": token,
        "object": "TASK",
        "reason": reason,
        "finished": "2026-03-01T12:00:00.25Z",
    }
    return Seen(identifier, "finished", data)


RUN = status(1, "RUN", "MANDATORY", "Task is running")
FAILED = status(2, "FAILED", "STOP-STATUS", "Task has failed")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncGenerator[httpx2.AsyncClient]:
    """A server in process: what ends by itself can be read from it."""
    async with client(tmp_path, clock=FakeClock()) as talking:
        yield talking


@pytest.fixture
async def live(tmp_path: Path) -> AsyncGenerator[httpx2.AsyncClient]:
    """A server in a process of its own: what goes on can be read from it."""
    with running(tmp_path) as process:
        async with httpx2.AsyncClient(base_url=process.url, timeout=30) as talking:
            yield talking


@pytest.mark.parametrize(
    ("last", "at"), [(None, 0), ("0", 0), ("1", 1), ("2", 2), ("3", 0), ("x", 0), ("9" * 20, 0)]
)
async def test_an_instance(server: httpx2.AsyncClient, last: str | None, at: int) -> None:
    """A reader gets what it does not know, then the end; an unknown place is the beginning."""
    token = await created(server, "RUN", "FAILED")
    async with opened(server, f"/instances/{token}/events/stream", last) as events:
        found = [event async for event in events]
    assert [RUN, FAILED, finished(token, "STOP_STATUS_IS_SET")][at:] == found


async def test_who_knows_everything(server: httpx2.AsyncClient) -> None:
    """A reader that comes back after the end is told not to come again."""
    path = f"/api/v1/instances/{await created(server, 'RUN', 'FAILED')}/events/stream"
    response = await server.get(path, headers={"last-event-id": "end"})
    assert (204, b"") == (response.status_code, response.content)


async def test_an_unknown_instance(server: httpx2.AsyncClient) -> None:
    """There is no stream of what does not exist."""
    response = await server.get("/api/v1/instances/no-such/events/stream")
    assert (404, "INSTANCE_TOKEN_IS_NOT_FOUND") == (response.status_code, response.json()["code"])


@pytest.mark.parametrize("path", ["/stream", "/instances/{token}/events/stream"])
async def test_only_its_head(server: httpx2.AsyncClient, path: str) -> None:
    """The head of a stream is answered and ends."""
    token = await created(server)
    response = await server.head("/api/v1" + path.format(token=token))
    assert (200, b"") == (response.status_code, response.content)


async def test_events_as_they_come(live: httpx2.AsyncClient) -> None:
    """A reader gets each status when it is set, and the end, with which the stream ends."""
    token = await created(live)
    async with opened(live, f"/instances/{token}/events/stream") as events:
        names: list[tuple[str | None, str]] = []
        for name in ("RUN", "FINISHED"):
            await set_status(live, token, name)
            event = await anext(events)
            assert isinstance(event, Seen)
            names.append((event.id, str(event.data["status"])))
        [end] = [event async for event in events]
    assert [("1", "RUN"), ("2", "FINISHED")] == names
    assert isinstance(end, Seen)
    assert ("end", "ALL_MANDATORY_STATUSES_ARE_SET") == (end.id, end.data["reason"])


async def test_an_end_by_time(live: httpx2.AsyncClient) -> None:
    """A stream ends when time finishes its instance."""
    token = await created(live, seconds=1)
    async with opened(live, f"/instances/{token}/events/stream") as events:
        [end] = [event async for event in events]
    assert isinstance(end, Seen)
    assert ("finished", "TIMEOUT") == (end.name, end.data["reason"])


async def test_all_instances(live: httpx2.AsyncClient) -> None:
    """A reader of everything gets statuses and ends of all instances, also those by time."""
    async with opened(live, "/stream") as events:
        assert "id: 0-0" == await anext(events)
        first = await created(live, "RUN")
        second = await created(live, "RUN", "FINISHED")
        third = await created(live, seconds=1)
        found = [await anext(events) for _ in range(5)]
    assert [
        ("1-0", "status", first),
        ("2-0", "status", second),
        (None, "status", second),
        ("3-0", "finished", second),
        ("3-1", "finished", third),
    ] == [(event.id, event.name, event.data["token"]) for event in found if isinstance(event, Seen)]


async def test_who_comes_back(live: httpx2.AsyncClient) -> None:
    """A reader of everything that comes back gets what it has missed; one from elsewhere lags."""
    token = await created(live, "RUN", "FINISHED")
    async with opened(live, "/stream", "1-0") as events:
        found = [await anext(events) for _ in range(2)]
    assert [("status", token), ("finished", token)] == [
        (event.name, event.data["token"]) for event in found if isinstance(event, Seen)
    ]
    async with opened(live, "/stream", "77-0") as events:
        assert [Seen(None, "lagged", {}), "id: 2-0"] == [await anext(events) for _ in range(2)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_server_that_stops(tmp_path: Path, number: signal.Signals) -> None:
    """All streams end, whole, when the server is told to stop."""
    with running(tmp_path) as process:
        async with httpx2.AsyncClient(base_url=process.url, timeout=30) as live:
            token = await created(live, "RUN")
            async with (
                opened(live, f"/instances/{token}/events/stream") as events,
                opened(live, "/stream") as everything,
            ):
                await anext(events)
                await anext(everything)
                process.process.send_signal(number)
                assert [[], []] == [
                    [event async for event in events],
                    [event async for event in everything],
                ]
        assert (0, "") == process.end()


class Reader:
    """The other side of a stream in process: it reads when it is let, and goes when it is told."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.goes = asyncio.Event()
        self.got = asyncio.Event()

    async def receive(self) -> Message:
        await self.goes.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        await self.reads.wait()
        self.texts.append(message.get("body", b"").decode())
        self.got.set()

    async def next(self) -> str:
        self.got.clear()
        await self.got.wait()
        return self.texts[-1]

    def read(self, stream: EventStream) -> asyncio.Task[None]:
        scope = {"type": "http", "method": "GET"}
        return asyncio.create_task(stream(scope, self.receive, self.send))


async def test_heartbeats() -> None:
    """While nothing comes, comments do, and what comes then comes all the same."""
    comes = asyncio.Event()

    async def messages() -> AsyncGenerator[bytes]:
        await comes.wait()
        yield b"event"

    reader = Reader()
    reading = reader.read(EventStream(messages(), heartbeat=0.001))
    while await reader.next() != ": still here\n\n":
        pass
    comes.set()
    await reading
    assert ["event", ""] == reader.texts[-2:]


async def test_a_large_message() -> None:
    """A large message comes in slices, as it is read, and no comment comes between them."""
    event = b"event" * LARGE
    sent: list[bytes] = []

    async def messages() -> AsyncGenerator[bytes]:
        yield event

    async def send(message: Message) -> None:
        sent.append(message.get("body", b""))
        await asyncio.sleep(0.005)  # a reader who takes longer than the period of comments

    stream = EventStream(messages(), heartbeat=0.001)
    await stream({"type": "http", "method": "GET"}, Reader().receive, send)
    start = sent.index(event[:LARGE])
    assert [event[at : at + LARGE] for at in range(0, len(event), LARGE)] == sent[start : start + 5]


async def test_a_reader_that_goes() -> None:
    """What makes the messages ends as soon as their reader has gone."""
    ended = asyncio.Event()

    async def messages() -> AsyncGenerator[bytes]:
        try:
            yield b"event"
            await asyncio.Event().wait()
        finally:
            ended.set()

    reader = Reader()
    reading = reader.read(EventStream(messages()))
    while await reader.next() != "event":
        pass
    reader.goes.set()
    await reading
    assert (True, ["", "event"]) == (ended.is_set(), reader.texts)


async def test_trouble(caplog: pytest.LogCaptureFixture) -> None:
    """A stream whose storage is in trouble ends, and the log says why."""

    async def messages() -> AsyncGenerator[bytes]:
        yield b"event"
        raise StorageError("away")

    reader = Reader()
    await reader.read(EventStream(messages()))
    assert ["", "event", ""] == reader.texts
    assert ["a stream of events was cut off: away"] == caplog.messages


async def test_a_slow_reader(tmp_path: Path) -> None:
    """A reader that does not read is waited for; when it reads again it is told what is gone."""
    async with open_sqlite(str(tmp_path / "statusek.db"), FakeClock()) as storage:
        model = StatusModel("M", [Status("RUN")])
        service = Service(storage, await storage.publish([model]))
        feed = Feed(storage.list_changes, page=2, farthest=2)
        reader = Reader()
        reading = reader.read(EventStream(of_all(feed, None)))
        while await reader.next() != "id: 0-0\n\n":
            pass
        reader.reads.clear()
        for _ in range(10):
            created = await service.create("M", 60)
            assert isinstance(created, Created)
            await service.set_status(created.token, "RUN")
            feed.notify()
        reader.reads.set()
        while await reader.next() != "id: 10-0\n\n":
            pass
        reader.goes.set()
        await reading
    assert "event: lagged\ndata: {}\n\n" == reader.texts[-2]
    assert 4 <= "".join(reader.texts).count("event: finished") < 10


async def test_halves(tmp_path: Path) -> None:
    """Of the two messages of a last status only the second can be come back to."""
    clock = FakeClock()
    async with open_sqlite(str(tmp_path / "statusek.db"), clock) as storage:
        model = StatusModel("M", [Status("RUN"), Status("END")])
        service = Service(storage, await storage.publish([model]))
        for names in (["RUN"], ["RUN", "END"]):
            created = await service.create("M", 60)
            assert isinstance(created, Created)
            for name in names:
                await service.set_status(created.token, name)
        clock.step(60)
        await storage.finish_due(10)
        service.feed.close()
        texts = [text async for text in of_all(service.feed, "0-0")]
    heads = [
        line
        for line in b"".join(texts).decode().splitlines()
        if line.startswith(("id: ", "event: "))
    ]
    assert [
        "id: 1-0",
        "event: status",
        "id: 2-0",
        "event: status",
        "event: status",
        "id: 3-0",
        "event: finished",
        "id: 3-1",
        "event: finished",
    ] == heads


async def test_an_instance_that_vanishes() -> None:
    """A stream ends when its instance is removed."""

    async def look(_: str) -> None:
        return None

    assert [] == [text async for text in of_instance(Waiting(look), "gone", 0)]
