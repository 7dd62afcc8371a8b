"""The examples of status endpoints: each a process of its own, asked over real sockets."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from csm import Status, StatusMessage, formats, from_json_string

PROJECT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(
    file.stem
    for pattern in ("plain_*.py", "with_*.py")
    for file in (PROJECT / "examples/endpoint").glob(pattern)
)
SECRET = "hunter2-4711"
KEY = "key-of-the-tests"
Reply = tuple[int, bytes]


class Database:
    """Something that takes connections until it goes down."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"postgresql://shop:{SECRET}@127.0.0.1:{self._listener.getsockname()[1]}/shop"

    def go_down(self) -> None:
        self._listener.close()


@contextlib.contextmanager
def running(example: str, log: Path, *arguments: str, database: str = "") -> Iterator[str]:
    """Run an example, and yield its address; what it writes to the log is in a file then."""
    command = [sys.executable, "-m", f"examples.endpoint.{example}", "0", *arguments]
    environment = os.environ | {"SHOP_DATABASE": database, "SHOP_KEY": KEY}
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line.startswith("listening on "), log.read_text()
            yield line.removeprefix("listening on ").strip()
        finally:
            process.terminate()
            process.communicate(timeout=30)


def ask(url: str, **headers: str) -> Reply:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.netloc, timeout=30)
    with contextlib.closing(connection):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", place.path, headers=named)
        answer = connection.getresponse()
        return answer.status, answer.read()


def probe(url: str, seconds: float = 1.0) -> bool:
    """Ask as the kubelet does: once, without a redirection, 200 to 399 within its timeout."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.netloc, timeout=seconds)
    with contextlib.closing(connection):
        headers = {"User-Agent": "kube-probe/1.34", "Accept": "*/*", "Connection": "close"}
        try:
            connection.request("GET", place.path, headers=headers)
            return 200 <= connection.getresponse().status < 400
        except TimeoutError:
            return False


def secrets_in(text: bytes | str) -> bool:
    return SECRET in (text if isinstance(text, str) else text.decode())


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def test_every_framework_has_an_example() -> None:
    """What `csm.web` can be mounted in is shown by a program that runs."""
    modules = {file.stem for file in (PROJECT / "src/csm/web").glob("*.py")}
    frameworks = {"starlette", "flask", "django", "aiohttp"}
    assert frameworks <= modules
    shown = {f"with_{name}" for name in frameworks}
    assert shown | {"with_fastapi", "plain_asgi", "plain_wsgi"} == set(EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_answers_probes_and_keeps_secrets(example: str, log: Path) -> None:
    """Readiness goes with the database, liveness stays, and no answer or log has its password."""
    database = Database()
    with running(example, log, database=database.url) as url:
        # The first question also waits for what is loaded late, on a busy machine for long.
        assert 200 == ask(f"{url}/health/started")[0]
        assert probe(f"{url}/health/ready", seconds=30.0)
        database.go_down()
        probes = [probe(f"{url}/health/{name}", seconds=30.0) for name in ("live", "ready")]
        assert [True, False] == probes
        code, body = ask(f"{url}/health/status", X_Status_Key=KEY)
        assert (503, Status.ERROR) == (code, from_json_string(body).status)
        [note] = from_json_string(body).sub_statuses[0].notes
        assert ("ConnectionError", True) == (note.title, "//***@127.0.0.1:" in str(note.detail))
        for each in formats.FORMATS.values():
            for path in ("status", "ready", "status/database", "nothing"):
                for key in ("", KEY):
                    reply = ask(
                        f"{url}/health/{path}", Accept=each.media_types[0], X_Status_Key=key
                    )
                    assert not secrets_in(reply[1])
    written = log.read_text()
    assert "check database raised ConnectionError: cannot connect to postgresql://***@" in written
    assert not secrets_in(written)
    assert KEY not in written


def test_a_stranger_sees_no_more_than_a_status(log: Path) -> None:
    """Without the key there is neither a component nor a note, only the whole."""
    with running("with_flask", log, database="postgresql://localhost:1/shop") as url:
        told = from_json_string(ask(f"{url}/health/status", X_Status_Key="wrong")[1])
    assert (Status.ERROR, (), ()) == (told.status, told.notes, told.sub_statuses)


def test_the_aggregator_tells_of_each_application(tmp_path: Path) -> None:
    """Two shops in different frameworks and one that is not there, in one message."""
    database = Database()
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder, contextlib.ExitStack() as stack:
        logs = Path(folder)
        urls = [
            stack.enter_context(running(example, logs / example, database=database.url))
            for example in ("with_aiohttp", "plain_wsgi")
        ]
        nobody = f"http://joe:{SECRET}@127.0.0.1:1/status?key={SECRET}"
        statuses = [f"{url}/health/status" for url in urls]
        url = stack.enter_context(running("aggregator", logs / "all", *statuses, nobody))
        report = from_json_string(ask(f"{url}/status")[1])
        page = ask(f"{url}/status", Accept="text/html")[1]
        database.go_down()
    assert [Status.OK, Status.OK, Status.ERROR] == [each.status for each in report.sub_statuses]
    assert [*statuses, "http://127.0.0.1:1/status"] == [
        each.component.component_name for each in report.sub_statuses
    ]
    assert [["database", "disk", "event loop"]] * 2 == [
        names(each) for each in report.sub_statuses[:2]
    ]
    assert not secrets_in(page)


def names(remote: StatusMessage) -> list[str]:
    [root] = remote.sub_statuses
    return [str(each.component.component_name) for each in root.sub_statuses]
