"""The server as a process: its one line, its exit codes, its end by signal and by force."""

from __future__ import annotations

import asyncio
import signal
import socket
import sqlite3
import subprocess
import threading
from pathlib import Path

import httpx2
import pytest

from strategies.server_kit import COMMAND, RunningServer, database_url, model_file, running, started

pytestmark = pytest.mark.processes


def post(server: httpx2.Client, path: str, **body: object) -> dict[str, object]:
    answer: dict[str, object] = server.post(path, json=body).json()
    return answer


NOT_FINISHED = {
    "code": "INSTANCE_IS_NOT_FINISHED",
    "message": "Instance is not finished",
    "status": False,
}


def test_first_steps(tmp_path: Path) -> None:
    """The public document's own example, over a socket, with the identifiers that it shows."""
    with running(tmp_path) as process, httpx2.Client(base_url=process.url) as server:
        created = post(
            server, "/instance/create", object_name="2-POINT LINE TASK", instance_timeout=600
        )
        token = created["instance_token"]
        answers = [
            post(server, path, instance_token=token, status_name=name)
            for path, name in (
                ("/status/setStatus", "RUN"),
                ("/status/checkStatusIsSet", "FINISHED"),
                ("/instance/checkIsFinished", ""),
                ("/status/setStatus", "FINISHED"),
                ("/instance/checkIsFinished", ""),
            )
        ]
        events = post(server, "/event/getEvents", instance_token=token)["events"]
        ended = process.stop()
    assert [
        {"code": "SUCCESS", "message": "Success", "status": True},
        {"code": "STATUS_IS_NOT_SET", "message": "Status is not set", "status": False},
        {
            "code": "INSTANCE_IS_NOT_FINISHED",
            "message": "Instance is not finished",
            "status": False,
        },
        {"code": "SUCCESS", "message": "Success", "status": True},
        {"code": "INSTANCE_IS_FINISHED", "message": "Instance is finished", "status": True},
    ] == answers
    assert isinstance(events, list)
    assert [
        {
            "ObjectID": 2,
            "StatusID": 2,
            "StatusName": "RUN",
            "StatusDesc": "Task is running",
            "StatusType": "MANDATORY",
        },
        {
            "ObjectID": 2,
            "StatusID": 3,
            "StatusName": "FINISHED",
            "StatusDesc": "Task is finished",
            "StatusType": "MANDATORY",
        },
    ] == [event["Status"] for event in events]
    assert (0, "") == ended


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_graceful_end(tmp_path: Path, number: signal.Signals) -> None:
    """A signal ends the server well, also with a connection open and a request half sent."""
    with running(tmp_path) as process:
        address = process.url.removeprefix("http://").split(":")
        with socket.create_connection((address[0], int(address[1])), timeout=30) as half:
            body = b'{"object_name":"TASK","instance_timeout":60}'
            half.sendall(
                b"POST /instance/create HTTP/1.1\r\nHost: statusek\r\n"
                b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % len(body)
            )
            assert half.recv(100).startswith(b"HTTP/1.1 100")  # it waits for the body now
            process.process.send_signal(number)
            half.sendall(body)
            answer = b""
            while chunk := half.recv(1000):
                answer += chunk
        ended = process.end()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b'"code":"SUCCESS"' in answer
    assert (0, "") == ended


def test_ipv6(tmp_path: Path) -> None:
    """A server on an IPv6 address tells a URL that works."""
    with running(tmp_path, "--host", "::1") as process:
        assert process.url.startswith("http://[::1]:")
        assert "Welcome home!" == httpx2.get(process.url).text


def test_a_busy_port(tmp_path: Path) -> None:
    """A port that is taken is said in one line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, said = started("--database", database_url(tmp_path), "--port", port)
    assert (
        2,
        (
            f"error: the setting 'port' is '127.0.0.1:{port}'; expected an address and a port "
            "that are free to listen on (Address already in use)\n"
        ),
    ) == (code, said)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.slow
def test_what_cannot_start(tmp_path: Path) -> None:
    """A wrong file, URL, host or port is said in one line, without a traceback."""
    wrong = model_file(tmp_path, "[[model]]\nname = 1\n")
    database = database_url(tmp_path / "missing")
    outcomes = [
        started(*flags)
        for flags in (
            ("--models", str(tmp_path / "missing.toml")),
            ("--models", str(wrong)),
            ("--database", "mysql://localhost/statusek"),
            ("--database", database, "--port", "0"),
            ("--port", "http"),
            ("--host", "no.such.host.invalid", "--database", database_url(tmp_path)),
        )
    ]
    assert [(2, 1, "error: ")] * 6 == [
        (code, said.count("\n"), said[:7]) for code, said in outcomes
    ]
    assert [
        True,
        True,
    ] == [
        "missing.toml: the model file cannot be read: No such file or directory" in outcomes[0][1],
        "model number 1 has name = 1; expected a string" in outcomes[1][1],
    ]


def test_advice_comes_after_the_line(tmp_path: Path) -> None:
    """What is odd about a model is said on stderr, behind the line that says where it listens."""
    odd = model_file(tmp_path, '[[model]]\nname = "ODD"\n[[model.status]]\nname = "A"\n')
    with running(tmp_path, "--models", str(odd), "--dialect", "data") as process:
        assert httpx2.get(f"{process.url}/about").json()["status"]
        ended = process.stop()
    hint = "model 'ODD' finishes at its first status"
    code, said = ended
    assert (0, f"WARNING statusek_server: {odd}: {hint}\n") == (code, said.partition(" ")[2])


def test_a_wrong_flag() -> None:
    """A flag that does not exist, or a dialect that does not, is a usage error."""
    assert [2, 2] == [started("--colour", "red")[0], started("--dialect", "xml")[0]]


def test_help() -> None:
    """The help shows every flag, its default and examples."""
    done = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, check=True)
    for text in (
        "--database URL",
        "--models FILE",
        "--dialect [flat|data]",
        "--host H",
        "--port P",
        "STATUSEK_DATABASE",
        "statusek serve --models models.toml --dialect data --port 0",
    ):
        assert text in done.stdout


def test_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is read, and flags win over it."""
    monkeypatch.setenv("STATUSEK_DIALECT", "data")
    monkeypatch.setenv("STATUSEK_PORT", "http")
    with running(tmp_path) as process:
        assert httpx2.get(f"{process.url}/about").json()["status"]


class Load:
    """Callers that set statuses as fast as they are answered, and remember every success."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.acknowledged: set[tuple[str, str]] = set()
        self.enough = threading.Event()

    async def call(self) -> None:
        await asyncio.gather(*(self._one() for _ in range(8)))

    async def _one(self) -> None:
        async with httpx2.AsyncClient(base_url=self.url) as server:
            try:
                while True:
                    await self._job(server)
            except httpx2.TransportError:
                pass  # the server is gone, as it should be

    async def _job(self, server: httpx2.AsyncClient) -> None:
        body = {"object_name": "3-POINT LINE TASK", "instance_timeout": 600}
        token = (await server.post("/instance/create", json=body)).json()["instance_token"]
        for name in ("RUN", "IN THE MIDDLE", "FINISHED"):
            body = {"instance_token": token, "status_name": name}
            if (await server.post("/status/setStatus", json=body)).json()["status"]:
                self.acknowledged.add((token, name))
        if len(self.acknowledged) > 60:
            self.enough.set()


def kill_under_load(process: RunningServer) -> set[tuple[str, str]]:
    load = Load(process.url)
    calling = threading.Thread(target=lambda: asyncio.run(load.call()))
    calling.start()
    assert load.enough.wait(60)
    process.stop(signal.SIGKILL)
    calling.join(30)
    return load.acknowledged


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    """Every status that was answered with success is in the file after kill -9, whole."""
    acknowledged: set[tuple[str, str]] = set()
    for _ in range(3):
        with running(tmp_path) as process:
            acknowledged |= kill_under_load(process)
    connection = sqlite3.connect(tmp_path / "statusek.db")
    stored = connection.execute(
        "select token, status.name, event.id from event"
        " join instance on instance.id = instance_id join status on status.id = status_id"
    ).fetchall()
    halves = connection.execute(
        "select token from instance where json_array_length(set_ids)"
        " <> (select count(*) from event where instance_id = instance.id)"
        " or (json_array_length(set_ids) = 3) <> (finished_at is not null)"
    ).fetchall()
    [[integrity]] = connection.execute("pragma integrity_check").fetchall()
    connection.close()
    assert len(acknowledged) > 180
    assert set() == acknowledged - {(token, name) for token, name, _ in stored}
    assert ([], "ok") == (halves, integrity)
