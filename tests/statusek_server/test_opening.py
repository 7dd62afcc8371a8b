"""A database that is not there yet: what is tried, what is said, what callers are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from attrs import define, field

from statusek_server import Settings, create_app, opening
from statusek_server import app as app_module
from statusek_server.clock import Clock
from statusek_server.errors import SchemaError, StorageError
from statusek_server.opening import LONGEST_PAUSE, patiently
from statusek_server.storage.protocol import Storage
from statusek_server.storage.sqlite import open_sqlite
from strategies.server_kit import database_url

pytestmark = pytest.mark.anyio


@define
class Attempts:
    """Something that can be entered after some failures; it remembers all that happens."""

    failures: list[Exception]
    happened: list[str] = field(factory=list)
    entered: asyncio.Event = field(factory=asyncio.Event)

    @asynccontextmanager
    async def enter(self) -> AsyncGenerator[None]:
        if self.failures:
            raise self.failures.pop(0)
        self.happened.append("entered")
        self.entered.set()
        try:
            yield
        finally:
            self.happened.append("left")

    async def sleep(self, seconds: float) -> None:
        self.happened.append(f"slept {seconds}")
        await asyncio.sleep(0)


async def test_what_is_there_is_used_at_once() -> None:
    """What can be entered is entered when the block begins and left when it ends, in silence."""
    attempts = Attempts([])
    async with patiently(attempts.enter, attempts.sleep):
        assert ["entered"] == attempts.happened
    assert ["entered", "left"] == attempts.happened


async def test_what_comes_later_is_used_then(caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be entered is tried again, less and less often, and the log says so."""
    attempts = Attempts([StorageError("refused")] * 7 + [KeyError("a slip")])
    async with patiently(attempts.enter, attempts.sleep):
        await attempts.entered.wait()
    assert [
        *(f"slept {seconds}" for seconds in (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)),
        *(f"slept {LONGEST_PAUSE}",) * 2,
        "entered",
        "left",
    ] == attempts.happened
    said = [record.getMessage() for record in caplog.records]
    assert "the database cannot be opened, the next attempt is in 0.25 seconds: refused" == said[0]
    assert [9, "the database is open"] == [len(said), said[-1]]
    assert [False] * 7 + [True, False] == [bool(record.exc_info) for record in caplog.records]


async def test_what_can_never_be_used_stops_the_start() -> None:
    """A database of another version is no matter of patience."""
    attempts = Attempts([SchemaError("newer")])
    with pytest.raises(SchemaError, match="newer"):
        async with patiently(attempts.enter, attempts.sleep):
            pytest.fail("it must not start")


async def test_a_wrong_version_that_comes_later(caplog: pytest.LogCaptureFixture) -> None:
    """A server that runs already goes on and says what is wrong, until somebody mends it."""
    attempts = Attempts([StorageError("refused"), SchemaError("newer")])
    async with patiently(attempts.enter, attempts.sleep):
        await attempts.entered.wait()
    assert caplog.records[1].getMessage().endswith("in 0.5 seconds: newer")


async def test_a_slow_start_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first attempt that hangs does not keep a server from answering, nor from ending."""
    monkeypatch.setattr(opening, "FIRST_ATTEMPT", 0.01)

    @asynccontextmanager
    async def hanging() -> AsyncGenerator[None]:
        await asyncio.Event().wait()
        yield

    async with patiently(hanging):
        pass


@define
class LateDatabase:
    """Stands for a database that is another process, and that comes up when a test says so."""

    path: Path
    is_up: bool = False

    @asynccontextmanager
    async def open(self, _: str, clock: Clock) -> AsyncGenerator[Storage]:
        if not self.is_up:
            raise StorageError("nobody listens there")
        async with open_sqlite(str(self.path), clock) as storage:
            yield storage


async def test_a_server_whose_database_comes_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Until its database is there a server is alive, not ready, and tells callers the truth."""
    late = LateDatabase(tmp_path / "late.db")
    monkeypatch.setattr(app_module, "open_database", late.open)
    monkeypatch.setattr(app_module, "_may_come_later", bool_of(answer=True))
    monkeypatch.setattr(opening, "FIRST_PAUSE", 0.01)
    app = create_app(Settings(database=database_url(tmp_path)))
    transport = httpx2.ASGITransport(app)
    body = {"object_name": "TASK", "instance_timeout": 60, "instance_token": "x"}
    paths = ("/instance/create", "/v2/instance/checkIsFinished", "/event/getEvents")
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://statusek") as server,
    ):
        assert [200, 503] == [(await server.get(p)).status_code for p in ("/healthz", "/readyz")]
        assert ["DATABASE_ERROR"] * 3 == [
            (await server.post(path, json=body)).json()["code"] for path in paths
        ]
        resources = [await server.get(f"/api/v1/{path}") for path in ("models", "models/TASK")]
        assert [(503, "DATABASE_ERROR")] * 2 == [
            (answer.status_code, answer.json()["code"]) for answer in resources
        ]
        assert 200 == (await server.get("/v2/about")).status_code
        late.is_up = True
        while (await server.get("/readyz")).status_code != 200:  # noqa: ASYNC110 - it is asked
            await asyncio.sleep(0.01)
        assert "SUCCESS" == (await server.post(paths[0], json=body)).json()["code"]
    said = [record.getMessage() for record in caplog.records]
    assert said[0].endswith("nobody listens there")
    assert "the database is open" == said[-1]


def bool_of(*, answer: bool) -> Callable[[object], bool]:
    return lambda _: answer


@pytest.mark.parametrize(
    ("url", "later"), [("sqlite:///a.db", False), ("postgresql://host/name", True)]
)
async def test_files_are_there_or_not(url: str, later: bool) -> None:
    """A file that cannot be opened now is not waited for; a server of databases is."""
    assert later == app_module._may_come_later(Settings(database=url))
