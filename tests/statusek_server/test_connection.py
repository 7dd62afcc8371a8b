"""Connections that ask too much, too slowly or too strangely, over real sockets."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from itertools import islice, repeat
from pathlib import Path

import pytest

from statusek_server.connection import LARGEST_HEAD, LONGEST_PIPELINE, MOST_HEADERS
from strategies.server_kit import RunningServer, Wire, request_bytes, running

pytestmark = pytest.mark.processes

CREATE = json.dumps({"object_name": "TASK", "instance_timeout": 600}).encode()
GET = b"GET / HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningServer]:
    """A server with little patience and room for few."""
    folder = tmp_path_factory.mktemp("connections")
    flags = ("--read-seconds", "1", "--idle-seconds", "1.5", "--max-connections", "8")
    with running(folder, *flags) as process:
        yield process
        assert (0, "") == process.stop()


def sent(wire: Wire, pieces: Iterator[bytes], most: int = 20_000) -> None:
    """Send until everything is sent or the other side has closed."""
    try:
        for piece in islice(pieces, most):
            wire.send(piece)
    except ConnectionError:
        pass


def memory_of(server: RunningServer) -> int:
    """Bytes of memory that a server has ever used at once."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


@pytest.mark.parametrize(
    ("start", "piece", "codes"),
    [
        (GET, b"a: " + b"b" * 1000 + b"\r\n", {431}),
        (GET, b"a: b\r\n", {431}),
        (GET + b"a: ", b"b" * 1000, {431}),
        (GET, b"b" * 1000, {431}),
        (b"GET /", b"a" * 1000, {414, 431}),
        (b"", b"G" * 1000, {400}),
        (b"", b"\r\n" * 1000, {431}),
        (b"", b"\x16\x03\x01\x00", {400}),
        (
            b"POST /about HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            b"a: " + b"b" * 1000 + b"\r\n",
            {404, 431},
        ),
        (
            b"POST /v2/about HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\na: ",
            b"b" * 1000,
            {413, 431},
        ),
        (
            b"POST /v2/about HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1;" + b"x" * 1000 + b"\r\na\r\n",
            {413},
        ),
        (
            b"POST /v2/about HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;",
            b"x" * 1000,
            {413},
        ),
        (
            b"POST /v2/about HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"3e8\r\n" + b"a" * 1000 + b"\r\n",
            {200},
        ),
    ],
    ids=[
        "large headers",
        "many headers",
        "an endless value",
        "an endless name",
        "an endless path",
        "an endless method",
        "empty lines",
        "something else",
        "many trailers",
        "an endless trailer",
        "chunks with extensions",
        "an endless extension",
        "an endless chunked body",
    ],
)
def test_endless_requests(
    server: RunningServer, start: bytes, piece: bytes, codes: set[int]
) -> None:
    """A request without an end is refused, costs no memory, and keeps nobody else waiting."""
    before = memory_of(server)
    with Wire.to(server) as wire:
        wire.send(start)
        sent(wire, repeat(piece))
        with Wire.to(server) as other:
            other.send(request_bytes("/instance/create", CREATE))
            assert 200 == other.answer()[0]
        code, headers, _ = wire.answer()
        assert code in codes
        assert {headers.get("connection"), code} & {"close", 404}
        assert (0, {}, b"") == wire.answer()
    assert memory_of(server) - before < 16 * 1024 * 1024


@pytest.mark.parametrize(
    ("start", "code"),
    [
        (GET, 408),
        (b"GET / HT", 408),
        (b"\r\n", 408),
        (b"POST /instance/create HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{", 408),
        (b"", 0),
        (request_bytes("/instance/create", CREATE) + b"POST", 200),
    ],
    ids=["headers", "a line", "nothing much", "a body", "nothing at all", "a second one"],
)
def test_slow_requests(server: RunningServer, start: bytes, code: int) -> None:
    """A request that does not come to its end is ended, whatever was sent of it."""
    with Wire.to(server) as wire:
        wire.send(start)
        assert code == wire.answer()[0]
        if code == 200:
            assert 408 == wire.answer()[0]
        assert (0, {}, b"") == wire.answer()


def test_drop_by_drop(server: RunningServer) -> None:
    """The time of a request is that of the whole: a byte now and then does not prolong it."""
    with Wire.to(server) as wire:
        wire.send(GET)
        wire.socket.settimeout(0.1)
        pieces = 0
        answer = b""
        while not answer and pieces < 100:
            wire.send(b"a: b\r\n")
            pieces += 1
            try:
                answer = wire.socket.recv(1000)
            except TimeoutError:
                continue
        assert answer.startswith(b"HTTP/1.1 408 ")


def test_idle_connections(server: RunningServer) -> None:
    """A connection on which nothing more is asked is closed."""
    with Wire.to(server) as wire:
        wire.send(GET + b"\r\n")
        assert 200 == wire.answer()[0]
        assert (0, {}, b"") == wire.answer()


def test_too_many_connections(server: RunningServer) -> None:
    """One connection too many is told so; when there is room again, the next one is served."""
    wires = [Wire.to(server) for _ in range(8)]
    for wire in wires:
        wire.send(GET + b"\r\n")
        assert 200 == wire.answer()[0]
    with Wire.to(server) as one_too_many:
        code, headers, body = one_too_many.answer()
        assert (503, "close", b"Service Unavailable\n") == (code, headers["connection"], body)
    for wire in wires:
        wire.close()
    code = 0
    while code != 200:  # the server learns of the closing a moment later
        with Wire.to(server) as wire:
            wire.send(GET + b"\r\n")
            code = wire.answer()[0]


def test_a_broken_request_behind_a_good_one(server: RunningServer) -> None:
    """A good request is answered although a broken one follows, and the broken one is not."""
    with Wire.to(server) as wire:
        wire.send(request_bytes("/instance/create", CREATE) + b"\x00\x00\r\n\r\n")
        code, headers, body = wire.answer()
        assert (200, "close", "SUCCESS") == (code, headers["connection"], json.loads(body)["code"])
        assert (0, {}, b"") == wire.answer()


def test_pipelines(server: RunningServer) -> None:
    """Requests that come together are answered in order; of too many the first ones are."""
    with Wire.to(server) as wire:
        wire.send(b"".join(request_bytes(f"/{n}/") for n in range(5)) + GET + b"\r\n")
        assert [404] * 5 + [200] == [wire.answer()[0] for _ in range(6)]
    with Wire.to(server) as wire:
        wire.send((GET + b"\r\n") * (LONGEST_PIPELINE + 5))
        answers = [wire.answer() for _ in range(LONGEST_PIPELINE + 1)]
        assert [200] * (LONGEST_PIPELINE + 1) == [code for code, _, _ in answers]
        assert ["close"] == [h["connection"] for _, h, _ in answers if "connection" in h]
        assert (0, {}, b"") == wire.answer()


def test_an_offer_of_another_protocol(server: RunningServer) -> None:
    """An offer to go on in HTTP/2, as Java's client makes it, is ignored, behind others, too."""
    offer = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")
    with Wire.to(server) as wire:
        wire.send(request_bytes("/instance/create", CREATE, *offer) * 3)
        answers = [wire.answer() for _ in range(3)]
        head, body = request_bytes("/instance/create", CREATE, *offer).split(b"\r\n\r\n")
        for piece in (head, b"\r\n\r\n", body[:5], body[5:]):
            wire.send(piece)
        answers.append(wire.answer())
    assert [(200, "SUCCESS")] * 4 == [(code, json.loads(b)["code"]) for code, _, b in answers]


def test_what_is_no_request_for_a_server(server: RunningServer) -> None:
    """A caller who takes a server for a proxy is told no; one who says goodbye is answered."""
    with Wire.to(server) as wire:
        wire.send(b"CONNECT example.org:80 HTTP/1.1\r\nHost: example.org\r\n\r\n")
        assert 405 == wire.answer()[0]
    with Wire.to(server) as wire:
        wire.send(GET + b"Connection: close, upgrade\r\nUpgrade: h2c\r\n\r\n")
        code, headers, _ = wire.answer()
        assert (200, "close") == (code, headers["connection"])


def test_as_much_as_is_allowed(server: RunningServer) -> None:
    """A request as large as may be is served."""
    headers = [f"a: {'b' * 500}"] * (MOST_HEADERS - 2)
    path = "/" + "a" * (LARGEST_HEAD - 510 * MOST_HEADERS)
    with Wire.to(server) as wire:
        wire.send(request_bytes(path, b"{}", *headers))
        assert 404 == wire.answer()[0]


def test_a_caller_who_does_not_read(tmp_path: Path) -> None:
    """A caller who asks and asks and never reads an answer is cut off."""
    with running(tmp_path, "--read-seconds", "1") as process, Wire.to(process) as wire:
        wire.send(request_bytes("/instance/create", CREATE))
        token = json.loads(wire.answer()[2])["instance_token"]
        message = json.dumps(
            {"instance_token": token, "status_name": "RUN", "status_message": "a" * 900_000}
        )
        wire.send(request_bytes("/status/setStatus", message.encode()))
        assert 200 == wire.answer()[0]
        asking = request_bytes(
            "/v2/event/getEvents", json.dumps({"instance_token": token}).encode()
        )
        sent(wire, repeat(asking * 10))
        # It is cut off with an answer half read, else this would end well or never.
        while wire.socket.recv(1_000_000):
            wire.socket.settimeout(30)
        assert (0, "") == process.stop()
