"""The end of a server: who has asked is answered, who has not is told to go elsewhere."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sqlite3
import threading
import time
from pathlib import Path

import pytest
import uvicorn
from attrs import define, field
from starlette.types import Receive, Scope, Send

from csm import from_json_string
from statusek_server.connection import Connection, Limits
from statusek_server.http_server import HttpServer
from strategies.server_kit import RunningServer, Wire, running

pytestmark = pytest.mark.processes

CREATE = {"object_name": "2-POINT LINE TASK", "instance_timeout": 600}


class LateDoor:
    """Stands for a listening socket: a caller who was let in just before it closed is a connection
    only in the next turn of the event loop."""

    def __init__(self, server: HttpServer, arrived: socket.socket) -> None:
        self.server = server
        self.arrived = arrived

    def close(self) -> None:
        loop = asyncio.get_running_loop()
        server = self.server
        self.letting_in = asyncio.ensure_future(
            loop.connect_accepted_socket(
                lambda: Connection(server.config, server.server_state, {}), self.arrived
            )
        )


@pytest.mark.anyio
async def test_who_is_let_in_at_the_last_moment() -> None:
    """A caller who came before the door closed is answered to the end, a stream included."""

    async def app(_: Scope, __: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for part in range(20):
            await asyncio.sleep(0)
            body = f"data: {part}\n\n".encode()
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    config = uvicorn.Config(app, http=Connection, lifespan="off", log_config=None)
    config.load()
    server = HttpServer(config, LIMITS, 10, listening=nothing, stopping=nothing)
    here, there = socket.socketpair()
    here.sendall(b"GET / HTTP/1.1\r\nHost: statusek\r\n\r\n")
    server.servers = [LateDoor(server, there)]  # type: ignore[list-item]
    await server.shutdown([])
    here.setblocking(False)
    answer = here.recv(65536)
    here.close()
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"data: 19\n\n\r\n0\r\n\r\n")


def nothing() -> None:
    """Stand where nobody is told."""


LIMITS = Limits(max_connections=10, read_seconds=10, idle_seconds=10)


@define
class Caller:
    """Creates and sets as fast as it is answered, until it is cut off or sent away."""

    server: RunningServer
    created: list[str] = field(factory=list)
    was_set: list[str] = field(factory=list)
    troubles: list[str] = field(factory=list)

    def call(self) -> None:
        try:
            with Wire.to(self.server) as wire:
                while self._job(wire):
                    pass
        except ConnectionRefusedError:
            pass

    def _job(self, wire: Wire) -> bool:
        answer = self._asked(wire, "/instance/create", **CREATE)
        if answer is None:
            return False
        token = str(answer["instance_token"])
        self.created.append(token)
        if self._asked(wire, "/status/setStatus", instance_token=token, status_name="RUN") is None:
            return False
        self.was_set.append(token)
        return True

    def _asked(self, wire: Wire, path: str, **body: object) -> dict[str, object] | None:
        """The answer, or None where the connection was closed before it."""
        try:
            if wire.socket.fileno() == -1:
                wire.socket = Wire.to(self.server).socket
            wire.post(path, **body)
        except ConnectionError:
            return None
        code, headers, body_bytes = wire.answer()
        if code == 0:
            return None
        answer: dict[str, object] = json.loads(body_bytes)
        if (code, answer["code"]) != (200, "SUCCESS"):
            self.troubles.append(f"{code} {answer}")
        if headers.get("connection") == "close":
            if wire.socket.recv(1):
                self.troubles.append("more than a last answer")
            wire.close()
        return answer


@pytest.mark.parametrize("flags", [(), ("--workers", "2")])
def test_no_caller_is_left(tmp_path: Path, flags: tuple[str, ...]) -> None:
    """Callers who go on while a server stops get whole answers or none, and none is forgotten."""
    with running(tmp_path, *flags) as process:
        callers = [Caller(process) for _ in range(8)]
        threads = [threading.Thread(target=caller.call) for caller in callers]
        for thread in threads:
            thread.start()
        while sum(len(caller.was_set) for caller in callers) < 200:
            time.sleep(0.01)
        ended = process.stop()
        for thread in threads:
            thread.join(30)
    assert (0, "") == ended
    assert [] == [trouble for caller in callers for trouble in caller.troubles]
    assert stored(tmp_path) == (
        {token for caller in callers for token in caller.created},
        {token for caller in callers for token in caller.was_set},
    )


def stored(folder: Path) -> tuple[set[str], set[str]]:
    connection = sqlite3.connect(folder / "statusek.db")
    created = {token for (token,) in connection.execute("select token from instance")}
    was_set = {
        token
        for (token,) in connection.execute(
            "select token from event join instance on instance.id = instance_id"
        )
    }
    connection.close()
    return created, was_set


def test_known_callers_are_told_to_go(tmp_path: Path) -> None:
    """A caller who asks while the server stops is answered, and told that it was the last time."""
    with running(tmp_path) as process, Wire.to(process) as wire, Wire.to(process) as silent:
        wire.post("/instance/create", **CREATE)
        assert "connection" not in wire.answer()[1]
        process.process.send_signal(signal.SIGTERM)
        told: str | None = None
        while told is None:  # the signal is heard a moment later
            wire.post("/instance/create", **CREATE)
            code, headers, _ = wire.answer()
            assert 200 == code
            told = headers.get("connection")
        assert "close" == told
        assert (0, {}, b"") == silent.answer()
        assert (0, "") == process.end()


def test_not_ready_while_it_stops(tmp_path: Path) -> None:
    """A server that stops says first that it is not ready, while an answer is under way."""
    with (
        running(tmp_path) as process,
        Wire.to(process) as wire,
        Wire.to(process) as spare,
        Wire.to(process) as half,
    ):
        half.send(b"POST /about HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{")
        wire.send(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert 200 == wire.answer()[0]
        process.process.send_signal(signal.SIGTERM)
        code, headers, body = 200, {"connection": "keep-alive"}, b""
        while code == 200:
            # One that was asked just before may be answered just after: the last on its connection.
            asking = spare if headers.get("connection") == "close" else wire
            asking.send(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
            code, headers, body = asking.answer()
        assert (503, "close") == (code, headers["connection"])
        assert "The server is stopping" in {
            note.title
            for part in from_json_string(body.decode()).sub_statuses
            for note in part.notes
        }
        half.send(b"}")
        assert (404, "close") == (half.answer()[0], "close")
        assert (0, "") == process.end()


def test_the_end_of_patience(tmp_path: Path) -> None:
    """A caller who never ends its request cannot hold a server longer than it was told to wait."""
    with running(tmp_path, "--drain-seconds", "0.2") as process, Wire.to(process) as half:
        half.send(b"POST /instance/create HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{")
        with Wire.to(process) as wire:  # answered after the half one has arrived
            wire.post("/instance/create", **CREATE)
            assert 200 == wire.answer()[0]
        code, said = process.stop()
        assert (0, {}, b"") == half.answer()
    assert 0 == code
    assert "WARNING statusek_server: stopped with 1 requests unanswered\n" == said.partition(" ")[2]
