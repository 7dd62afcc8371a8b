"""What a server says about its requests: identifiers, lines, silence."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from statusek_server.logs import JsonFormatter, PlainFormatter, StderrLog
from statusek_server.metrics import Metrics
from statusek_server.observing import Observed
from statusek_server.setting_values import LogFormat
from statusek_server.trace import CURRENT, Trace, note, request_id, shortened
from strategies.server_kit import client, running

SECRET = "a text that is nobody else's business"


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/", "/about", "/instance/create", "/api/v1/models", "/nothing"])
async def test_every_answer_has_the_identifier_of_its_request(tmp_path: Path, path: str) -> None:
    """An identifier that a caller brings is given back; else there is a new one each time."""
    async with client(tmp_path) as server:
        brought = await server.get(path, headers={"X-Request-ID": "order-17/retry.2"})
        made = [(await server.get(path)).headers["x-request-id"] for _ in range(2)]
    assert ["order-17/retry.2"] == brought.headers.get_list("x-request-id")
    assert 2 == len(set(made))


@given(st.binary())
def test_identifiers_are_sane(header: bytes) -> None:
    """Whatever comes as an identifier, what is used is short, printable and without spaces."""
    used = request_id(header)
    assert 0 < len(used) <= 128
    assert used.isascii()
    assert used.isprintable()
    assert not set(' "\\') & set(used)


@pytest.mark.parametrize("header", [b"", b"x" * 129, b"a b", b"a\nb", b'"', None])
def test_identifiers_that_are_not_taken(header: bytes | None) -> None:
    """An identifier that is too long or could break a log is replaced."""
    (process, first), (same, second) = (request_id(header).split("-") for _ in range(2))
    assert (16, process, int(first) + 1) == (len(process), same, int(second))


@given(st.text())
def test_no_path_shows_a_token(path: str) -> None:
    """No part of a path that is shown is as long as a token, and nor is the number of parts."""
    parts = shortened(path).split("/")
    assert max(len(part) for part in parts) <= 24
    assert len(parts) <= 10


def test_a_note_without_a_request() -> None:
    """What is noted where no request is answered goes nowhere."""
    CURRENT.set(None)
    note("create", "SUCCESS", "token")
    assert CURRENT.get() is None


@pytest.mark.anyio
async def test_a_line_for_every_request(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each request leaves one line with what was called and what came of it, and no secret."""
    async with client(tmp_path) as server:
        created = await server.post(
            "/instance/create", json={"object_name": "TASK", "instance_timeout": 60}
        )
        token = created.json()["instance_token"]
        caplog.set_level(logging.INFO, "statusek_server")
        body = {"instance_token": token, "status_name": "RUN", "status_message": SECRET}
        await server.post("/status/setStatus?x=y", json=body)
        await server.post("/status/setStatus", content=b"")
        await server.get(f"/api/v1/instances/{token}", headers={"Authorization": "Bearer s3cret"})
        await server.post("/instance/beat", json={"instance_token": "to\nken-that-is-odd"})
    lines = [record.getMessage() for record in caplog.records]
    assert [
        f"POST /status/setStatus 200 SUCCESS _ ms token={token[:8]}",
        "POST /status/setStatus 200 PARAMS_PARSING_IS_FAILED _ ms",
        f"GET /api/v1/instances/{token[:8]}... 200 200 _ ms",
        "POST /instance/beat 200 INSTANCE_TOKEN_IS_NOT_FOUND _ ms token=to?ken-t",
    ] == [
        " ".join(
            "_" if part.count(".") == 1 and part[0].isdigit() else part for part in line.split(" ")
        )
        for line in lines
    ]
    assert not any(secret in line for line in lines for secret in (token, SECRET, "s3cret"))


@pytest.mark.anyio
async def test_no_line_at_the_usual_level(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """At the level of warnings a request leaves nothing."""
    caplog.set_level(logging.WARNING, "statusek_server")
    async with client(tmp_path) as server:
        await server.get("/")
    assert [] == caplog.records


@pytest.mark.anyio
async def test_requests_without_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    """An error is observed as what its caller sees, a caller who leaves as gone."""

    async def broken(scope: Scope, _: Receive, __: Send) -> None:
        if scope.get("path") == "/broken":
            raise ValueError("broken")

    metrics = Metrics.create()
    app = Observed(broken, metrics)
    caplog.set_level(logging.INFO, "statusek_server")
    scope: dict[str, object] = {"type": "http", "method": "GET", "headers": []}
    with pytest.raises(ValueError, match="broken"):
        await app({**scope, "path": "/broken"}, receive, send)
    await app({**scope, "path": "/gone"}, receive, send)
    await app({"type": "lifespan"}, receive, send)
    assert ["GET /broken 500 500", "GET /gone 0 GONE"] == [
        " ".join(record.getMessage().split()[:4]) for record in caplog.records
    ]
    assert [1.0, 1.0] == [
        metrics.registry.get_sample_value(
            "statusek_requests_total", {"call": "other", "code": code}
        )
        for code in ("500", "GONE")
    ]


async def receive() -> Message:
    return {"type": "http.disconnect"}


async def send(_: Message) -> None:
    """Take an answer that nobody reads."""


def record(message: str, **more: object) -> logging.LogRecord:
    made = logging.makeLogRecord(
        {"name": "n", "levelname": "INFO", "levelno": 20, "msg": message, "created": 0.25}
    )
    made.__dict__.update(more)
    return made


def test_plain_lines() -> None:
    """A plain line has the moment, the level, the logger, the text and the identifier."""
    form = PlainFormatter()
    assert "1970-01-01T00:00:00.250Z INFO n: text" == form.format(record("text"))
    assert "1970-01-01T00:00:00.250Z INFO n: text [17]" == form.format(
        record("text", request_id="17")
    )


def test_json_lines() -> None:
    """A structured line is one JSON object, whatever is said."""
    form = JsonFormatter()
    error = ValueError("no")
    failed = record(
        'a "text"\nof two lines', exc_info=(ValueError, error, None), fields={"status": 200}
    )
    lines = [form.format(failed), form.format(record("x", request_id="17"))]
    common = {"time": "1970-01-01T00:00:00.250Z", "level": "info", "logger": "n"}
    first, second = (json.loads(line) for line in lines)
    assert first.pop("exception").endswith("ValueError: no")
    assert [
        common | {"message": 'a "text"\nof two lines', "status": 200},
        common | {"message": "x", "request_id": "17"},
    ] == [first, second]
    assert not any("\n" in line for line in lines)


def test_a_line_keeps_the_identifier_it_was_said_under(capsys: pytest.CaptureFixture[str]) -> None:
    """A line that is held back has the identifier of its own request, not of a later one."""
    log = StderrLog(LogFormat.PLAIN)
    CURRENT.set(Trace("first"))
    log.handle(record("held"))
    CURRENT.set(None)
    log.let_go()
    log.handle(record("free"))
    assert [
        "1970-01-01T00:00:00.250Z INFO n: held [first]",
        "1970-01-01T00:00:00.250Z INFO n: free",
    ] == capsys.readouterr().err.splitlines()


def test_the_log_of_a_process(tmp_path: Path) -> None:
    """A process writes structured lines to stderr where it is told to, one for each request."""
    with running(tmp_path, "--log-format", "json", "--log-level", "info") as process:
        httpx2.get(f"{process.url}/about", headers={"X-Request-ID": "17"})
        code, said = process.stop()
    lines = [json.loads(line) for line in said.splitlines()]
    requests = [line for line in lines if line.get("request_id")]
    assert 0 == code
    assert [("17", "GET", "/about", 404, "404", "info", "statusek_server")] == [
        tuple(
            line[key]
            for key in ("request_id", "method", "path", "status", "code", "level", "logger")
        )
        for line in requests
    ]


def test_silent_as_a_library(tmp_path: Path) -> None:
    """In a host without logging the package writes nothing, and adds no handler to the root."""
    script = (
        "import logging, statusek_server\n"
        "from statusek_server import Settings, create_app\n"
        f"create_app(Settings(models={str(tmp_path / 'odd.toml')!r}))\n"
        "assert not logging.getLogger().handlers\n"
    )
    (tmp_path / "odd.toml").write_text('[[model]]\nname="ODD"\n[[model.status]]\nname="A"\n')
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)
