"""What the tests of the server share: a clock to step, an application in process, random models."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import httpx2
import pytest
from attrs import define
from hypothesis import strategies as st

from statusek_server import Settings, StatusModel, create_app
from statusek_server.clock import Clock, utc_now
from statusek_server.models import Status, StatusType

COMMAND = (sys.executable, "-m", "statusek_server")
START = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)


@define
class FakeClock:
    """A clock that stands still until a test steps it."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def step(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@asynccontextmanager
async def client(
    folder: Path,
    *,
    clock: Clock = utc_now,
    dialect: str = "flat",
    models: Path | None = None,
    database: str | None = None,
) -> AsyncGenerator[httpx2.AsyncClient]:
    """A client of a server in process that keeps its instances in a folder, or in a database."""
    settings = Settings(database=database or database_url(folder), dialect=dialect, models=models)
    app = create_app(settings, clock=clock)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app), base_url="http://statusek"
        ) as talking,
    ):
        yield talking


@define
class RunningServer:
    """A server process and its URL."""

    process: subprocess.Popen[str]
    url: str

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Stop the process; returns its exit code and what else it has said."""
        self.process.send_signal(number)
        return self.end()

    def end(self) -> tuple[int, str]:
        """Wait for the end of the process; returns its exit code and what else it has said."""
        code = self.process.wait(30)
        assert self.process.stderr is not None
        # Not communicate(), which would lose what came together with the first line.
        return code, self.process.stderr.read()


def started(*flags: str) -> tuple[int, str]:
    """The exit code of a server that does not come up, and what it says."""
    done = subprocess.run(
        [*COMMAND, *flags], capture_output=True, text=True, timeout=30, check=False
    )
    assert "" == done.stdout
    return done.returncode, done.stderr


@contextmanager
def running(folder: Path, *flags: str) -> Generator[RunningServer]:
    """A server in a process of its own, on a free port, with its instances in a folder."""
    process = subprocess.Popen(
        [*COMMAND, "--database", database_url(folder), "--port", "0", *flags],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("listening on http://"), line
        yield RunningServer(process, line.removeprefix("listening on ").rstrip("\n"))
    finally:
        process.kill()
        process.communicate()


@define
class Wire:
    """A connection to a server, byte by byte."""

    socket: socket.socket

    @classmethod
    def to(cls, server: RunningServer) -> Wire:
        host, port = server.url.removeprefix("http://").rsplit(":", 1)
        return cls(socket.create_connection((host, int(port)), timeout=30))

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def post(self, path: str, **body: object) -> None:
        """Send a call in one piece."""
        self.send(request_bytes(path, json.dumps(body).encode()))

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer: code, headers, body; code 0 where the connection ended before it."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            if not (byte := self._received(1)):
                return 0, {}, head
            head += byte
        line, *rest = head.decode("latin-1").strip().split("\r\n")
        headers = dict(header.split(": ", 1) for header in rest)
        body = b""
        while left := int(headers.get("content-length", 0)) - len(body):
            body += self._received(left) or pytest.fail("an answer was cut off")
        return int(line.split()[1]), headers, body

    def _received(self, size: int) -> bytes:
        try:
            return self.socket.recv(size)
        except ConnectionError:
            return b""

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def request_bytes(path: str, body: bytes = b"{}", *headers: str) -> bytes:
    """A POST request as it is sent."""
    lines = [f"POST {path} HTTP/1.1", "Host: statusek", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def database_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'statusek.db'}"


def model_file(folder: Path, text: str) -> Path:
    path = folder / "models.toml"
    path.write_text(text, encoding="utf-8")
    return path


def toml_of(models: list[StatusModel]) -> str:
    """The text of a model file; every JSON string and number is one of TOML, too."""
    lines: list[str] = []
    for model in models:
        lines += ["[[model]]", f"name = {json.dumps(model.name)}"]
        for status in model.statuses:
            lines += [
                "[[model.status]]",
                f"name = {json.dumps(status.name)}",
                f"type = {json.dumps(status.type)}",
                f"description = {json.dumps(status.description)}",
                f"after = {json.dumps(list(status.after))}",
            ]
    return "\n".join(lines)


@st.composite
def status_models(draw: st.DrawFn, most: int = 6) -> StatusModel:
    """A model whose statuses follow only earlier ones, so that there is no cycle."""
    names = [f"S{number}" for number in range(draw(st.integers(1, most)))]
    statuses: list[Status] = []
    for at, name in enumerate(names):
        previous = st.sets(st.sampled_from(names[:at])) if at else st.just(set[str]())
        statuses.append(
            Status(
                name, type=draw(st.sampled_from(StatusType)), after=tuple(sorted(draw(previous)))
            )
        )
    return StatusModel("MODEL", draw(st.permutations(statuses)))
