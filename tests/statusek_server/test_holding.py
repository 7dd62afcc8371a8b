"""Held answers, over sockets where it matters: for many, until a client or the server goes."""

from __future__ import annotations

import asyncio
import json
import resource
import signal
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from statusek_server import Settings, create_app
from statusek_server.app import prepare_to_stop
from strategies.server_kit import FakeClock, RunningServer, client, database_url, running

pytestmark = pytest.mark.anyio

LONG = {"prefer": "wait=60"}
FLAT_OPEN = {
    "code": "INSTANCE_IS_NOT_FINISHED",
    "message": "Instance is not finished",
    "status": False,
}
FLAT_FINISHED = {"code": "INSTANCE_IS_FINISHED", "message": "Instance is finished", "status": True}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncGenerator[httpx2.AsyncClient]:
    async with client(tmp_path) as talking:
        yield talking


async def created(
    server: httpx2.AsyncClient, *names: str, object_name: str = "TASK", seconds: int = 600
) -> str:
    body = {"object_name": object_name, "instance_timeout": seconds}
    token: str = (await server.post("/instance/create", json=body)).json()["instance_token"]
    for name in names:
        await set_status(server, token, name)
    return token


async def set_status(server: httpx2.AsyncClient, token: str, name: str) -> None:
    body = {"instance_token": token, "status_name": name}
    assert (await server.post("/status/setStatus", json=body)).json()["status"]


async def check(
    server: httpx2.AsyncClient, token: str, prefer: str | None
) -> tuple[object, str | None]:
    response = await server.post(
        "/instance/checkIsFinished",
        json={"instance_token": token},
        headers={} if prefer is None else {"prefer": prefer},
    )
    return response.json(), response.headers.get("preference-applied")


async def events(
    server: httpx2.AsyncClient, token: str, known: int | None, prefer: str = "wait=60"
) -> tuple[list[str], str | None]:
    response = await server.post(
        "/event/getEvents",
        json={"instance_token": token, "known_events": known},
        headers={"prefer": prefer},
    )
    found = response.json()["events"] or []
    names = [event["Status"]["StatusName"] for event in found]
    return names, response.headers.get("preference-applied")


@pytest.mark.parametrize(
    ("prefer", "applied"),
    [
        ("wait=60", "wait=60"),
        ('respond-async, WAIT="7"', "wait=7"),
        ("wait=3600", "wait=60"),
        ("wait=0", "wait=0"),
        ("wait=soon", None),
        ("return=minimal", None),
        (None, None),
    ],
)
async def test_what_was_honoured(
    server: httpx2.AsyncClient, prefer: str | None, applied: str | None
) -> None:
    """An answer says for how long it could have been held, also where it came at once."""
    token = await created(server, "RUN", "FINISHED")
    assert (FLAT_FINISHED, applied) == await check(server, token, prefer)


async def test_an_unknown_token(server: httpx2.AsyncClient) -> None:
    """What can never be finished is answered at once."""
    answer, applied = await check(server, "no-such-token", "wait=60")
    assert ("ERROR: Instance token is not found", "wait=60") == (
        answer["message"] if isinstance(answer, dict) else answer,
        applied,
    )


async def test_other_calls_do_not_wait(server: httpx2.AsyncClient) -> None:
    """The preference is not honoured where it has no meaning, or where nothing was understood."""
    token = await created(server)
    for path, content in (
        ("/status/checkStatusIsSet", json.dumps({"instance_token": token, "status_name": "RUN"})),
        ("/event/getEvents", json.dumps({"instance_token": token})),
        ("/instance/checkIsFinished", "{"),
    ):
        response = await server.post(path, content=content, headers=LONG)
        assert "preference-applied" not in response.headers


async def test_held_until_it_is_finished(server: httpx2.AsyncClient) -> None:
    """A held answer comes with the last status, not with the first."""
    token = await created(server)
    held = asyncio.create_task(check(server, token, "wait=60"))
    await set_status(server, token, "RUN")
    assert (FLAT_OPEN, None) == await check(server, token, None)
    assert not held.done()
    await set_status(server, token, "FINISHED")
    assert (FLAT_FINISHED, "wait=60") == await held


async def test_held_until_time_finishes_it(server: httpx2.AsyncClient) -> None:
    """A held answer comes with the finish by timeout."""
    token = await created(server, seconds=1)
    assert (FLAT_FINISHED, "wait=60") == await check(server, token, "wait=60")


async def test_the_time_passes(server: httpx2.AsyncClient) -> None:
    """After the time that was preferred the answer is that nothing has happened."""
    token = await created(server)
    assert (FLAT_OPEN, "wait=1") == await check(server, token, "wait=1")


async def test_held_until_there_are_more_events(server: httpx2.AsyncClient) -> None:
    """Events are held until there are more than are known, or there can be no more."""
    token = await created(server, "RUN")
    assert (["RUN"], "wait=60") == await events(server, token, 0)
    assert (["RUN"], "wait=0") == await events(server, token, 1, "wait=0")
    held = asyncio.create_task(events(server, token, 1))
    await set_status(server, token, "FAILED")
    assert (["RUN", "FAILED"], "wait=60") == await held
    assert (["RUN", "FAILED"], "wait=60") == await events(server, token, 2)


async def test_events_end_by_time(server: httpx2.AsyncClient) -> None:
    """Events that nothing will be added to any more are not held."""
    token = await created(server, seconds=1)
    assert ([], "wait=60") == await events(server, token, 0)


@asynccontextmanager
async def connected(url: str, body: dict[str, object]) -> AsyncGenerator[asyncio.StreamReader]:
    """A raw connection on which a check was asked for and is not yet answered."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    content = json.dumps(body).encode()
    writer.write(
        b"POST /instance/checkIsFinished HTTP/1.1\r\nHost: statusek\r\nPrefer: wait=60\r\n"
        b"Connection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(content), content)
    )
    await writer.drain()
    try:
        yield reader
    finally:
        writer.close()


async def held(url: str, token: str) -> bytes:
    async with connected(url, {"instance_token": token}) as reader:
        return await reader.read()


def sockets(process: RunningServer) -> int:
    """How many sockets a server has open."""
    count = 0
    for descriptor in Path(f"/proc/{process.process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            count += str(descriptor.readlink()).startswith("socket:")
    return count


async def until(condition: Callable[[], bool]) -> None:
    """Return when something is so that nobody tells of."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.02)


@contextmanager
def many_files(least: int) -> Generator[None]:
    """Let this process, and those that it starts, open many files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < least:
        pytest.skip(f"needs {least} open files, {hard} are allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, least), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@asynccontextmanager
async def talking_to(process: RunningServer) -> AsyncGenerator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=process.url, timeout=60) as talking:
        yield talking


@pytest.mark.slow
async def test_a_thousand_wait(tmp_path: Path) -> None:
    """A thousand clients of one process, half for one instance, are told when it is finished.

    The bound is generous: their answers alone are some work for a busy machine.
    """
    with many_files(4096), running(tmp_path) as process:
        async with talking_to(process) as server:
            shared = await created(server, "RUN")
            own = [await created(server, "RUN") for _ in range(500)]
            tokens = [shared] * 500 + own
            tasks = [asyncio.create_task(held(process.url, token)) for token in tokens]
            await until(lambda: sockets(process) > 1000)
            for token in (shared, *own):
                await set_status(server, token, "FINISHED")
            async with asyncio.timeout(20):
                answers = await asyncio.gather(*tasks)
    assert {(True, True)} == {
        (answer.startswith(b"HTTP/1.1 200"), b'"INSTANCE_IS_FINISHED"' in answer)
        for answer in answers
    }


async def test_another_process_finishes_it(tmp_path: Path) -> None:
    """Who waits at one server is told of what another one on the same file was told."""
    with running(tmp_path) as first, running(tmp_path) as second:
        async with talking_to(first) as waiting, talking_to(second) as setting:
            token = await created(setting, "RUN")
            task = asyncio.create_task(check(waiting, token, "wait=60"))
            listing = asyncio.create_task(events(waiting, token, 1))
            await set_status(setting, token, "FINISHED")
            async with asyncio.timeout(20):
                assert (FLAT_FINISHED, "wait=60") == await task
                assert (["RUN", "FINISHED"], "wait=60") == await listing


async def test_a_client_that_goes(tmp_path: Path) -> None:
    """Who hangs up is no longer waited with: nothing is left of it in the server."""
    app = create_app(Settings(database=database_url(tmp_path)))
    async with app.router.lifespan_context(app):
        waiting = app.state.service.waiting
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://statusek") as server:
            token = await created(server)
        gone = asyncio.Event()
        sent: list[object] = []
        requests = [json.dumps({"instance_token": token}).encode()]

        async def receive() -> dict[str, object]:
            if requests:
                return {"type": "http.request", "body": requests.pop()}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: object) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/instance/checkIsFinished",
            "query_string": b"",
            "headers": [(b"prefer", b"wait=60")],
        }
        calling = asyncio.create_task(app(scope, receive, send))
        await until(lambda: waiting.count == 1)
        gone.set()
        await calling
        assert (0, []) == (waiting.count, sent)


async def test_clients_that_hang_up(tmp_path: Path) -> None:
    """Connections that are dropped while they are held leave the process."""
    with running(tmp_path) as process:
        async with talking_to(process) as server:
            token = await created(server)
            before = sockets(process)
            tasks = [asyncio.create_task(held(process.url, token)) for _ in range(50)]
            await until(lambda: sockets(process) == before + 50)
            for task in tasks:
                task.cancel()
            await until(lambda: sockets(process) == before)
            await set_status(server, token, "RUN")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_server_that_stops(tmp_path: Path, number: signal.Signals) -> None:
    """A server that is told to stop answers everybody who waits with the present state."""
    with running(tmp_path) as process:
        async with talking_to(process) as server:
            token = await created(server, "RUN")
            before = sockets(process)
            tasks = [asyncio.create_task(check(server, token, "wait=60")) for _ in range(5)]
            tasks += [asyncio.create_task(check(server, token, "wait=59")) for _ in range(5)]
            await until(lambda: sockets(process) == before + 9)
            process.process.send_signal(number)
            answers = await asyncio.gather(*tasks)
        ended = process.end()
    assert ([(FLAT_OPEN, "wait=60")] * 5 + [(FLAT_OPEN, "wait=59")] * 5, (0, "")) == (
        answers,
        ended,
    )


async def test_releasing(tmp_path: Path) -> None:
    """An application that is told so holds nobody any more, and still answers."""
    app = create_app(Settings(database=database_url(tmp_path)), clock=FakeClock())
    prepare_to_stop(app)
    transport = httpx2.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://statusek") as server,
    ):
        token = await created(server)
        prepare_to_stop(app)
        assert (FLAT_OPEN, "wait=60") == await check(server, token, "wait=60")
