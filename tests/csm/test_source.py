"""Where commands read messages from."""

import io
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from csm.commands.source import Content, SourceError, read_source, read_until

LIMIT = 16 * 1024 * 1024


class Answers(BaseHTTPRequestHandler):
    """Answers by path."""

    redirections: ClassVar[dict[str, str]] = {
        "/moved": "/ok",
        "/round": "/round",
        "/ftp": "ftp://localhost/status",
        "/file": "file:///etc/passwd",
    }

    def do_GET(self) -> None:
        if self.path in self.redirections:
            self.send_response(302)
            self.send_header("Location", self.redirections[self.path])
            self.end_headers()
        elif self.path == "/cut":
            self.wfile.write(b"HTTP/1.1 nonsense\r\n\r\n")
        elif self.path == "/big":
            self.answer(200, b"x" * (LIMIT + 1_000))
        elif self.path == "/late":
            self.server.late.wait()  # type: ignore[attr-defined]
        else:
            self.answer(503 if self.path == "/bad" else 200, self.headers["Accept"].encode())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the output of the tests clean."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server that answers by path."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as running:
        running.late = threading.Event()  # type: ignore[attr-defined]
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.late.set()  # type: ignore[attr-defined]
        running.shutdown()
        thread.join()


def reason(source: str, **options: float) -> str:
    with pytest.raises(SourceError) as caught:
        read_source(source, **options)
    return str(caught.value)


def test_a_file_is_read(tmp_path: Path) -> None:
    """The content of a file has its name and its bytes."""
    path = tmp_path / "status.json"
    path.write_bytes(b"\x00\xff{}")
    content = read_source(str(path))
    assert Content(str(path), b"\x00\xff{}") == content
    assert str(path) == content.label


def test_files_that_cannot_be_read_are_told_apart(tmp_path: Path) -> None:
    """A missing file, a folder and an impossible name each say what they are."""
    assert f"{tmp_path}/x: no such file or directory" == reason(f"{tmp_path}/x")
    assert f"{tmp_path}: is a directory" == reason(str(tmp_path))
    assert "a\\x00b: embedded null byte" == reason("a\0b")


def test_no_more_is_read_than_a_message_may_have() -> None:
    """A file without an end is read until it is surely too large."""
    assert LIMIT + 1 == len(read_source("/dev/zero").body)


def test_standard_input_is_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{}")))
    assert Content("<stdin>", b"{}") == read_source("-")


def test_standard_input_may_be_closed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a standard input, or with one that cannot be read, there is an error."""
    monkeypatch.setattr(sys, "stdin", None)
    assert "<stdin>: is closed" == reason("-")
    with (tmp_path / "out").open("w") as only_written:
        monkeypatch.setattr(sys, "stdin", only_written)
        assert "<stdin>: " in reason("-")


def test_an_address_is_fetched(server: str) -> None:
    """The content of an address has its bytes and its HTTP status; redirections are followed."""
    body = b"application/json, */*;q=0.1"
    assert Content(f"{server}/ok", body, 200) == read_source(f"{server}/ok")
    assert Content(f"{server}/moved", body, 200) == read_source(f"{server}/moved")
    assert f"{server}/ok" == read_source(f"{server}/ok").label


def test_an_answer_with_an_error_status_counts(server: str) -> None:
    """Status endpoints answer 503 with a message, which is read like any other."""
    content = read_source(f"{server}/bad")
    assert 503 == content.http_status
    assert f"{server}/bad (HTTP 503)" == content.label


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, "not JSON"),
        (200, "not JSON"),
        (404, "answered 404 Not Found, and no status message: not JSON"),
        (599, "answered 599, and no status message: not JSON"),
    ],
)
def test_what_why_no_message_may_be_an_answer(status: int | None, expected: str) -> None:
    """A status that is not the usual one says more than what is wrong with a page about it."""
    assert expected == Content("m", b"", status).why_no_message("not JSON")


def test_an_answer_is_bounded(server: str) -> None:
    """A large answer is read until it is surely too large."""
    assert LIMIT + 1 <= len(read_source(f"{server}/big").body) < LIMIT + 100_000


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/round", "HTTP 302: The HTTP server returned a redirect error"),
        ("/ftp", "unknown url type: ftp"),
        ("/file", "HTTP 302: Found - Redirection to url 'file:///etc/passwd' is not allowed"),
        ("/cut", "HTTP/1.1 nonsense"),
        ("/ü", "'ascii' codec can't encode character"),
    ],
)
def test_only_http_answers_are_read(server: str, path: str, expected: str) -> None:
    """Redirections lead nowhere but to HTTP, and not in a circle; what is no HTTP is an error."""
    assert f"{server}{path}: cannot be fetched: {expected}" in reason(server + path)


def test_an_answer_must_come_in_time(server: str) -> None:
    """A server that says nothing is left after the time given."""
    assert f"{server}/late: did not answer within 0.1 seconds" == reason(
        f"{server}/late", seconds=0.1
    )


def test_a_slow_answer_is_left_at_the_deadline() -> None:
    """The time bounds the whole answer: an endless trickle is not read to its end."""
    times = iter(range(100))
    with pytest.raises(TimeoutError):
        read_until(lambda _: b"x", 10, lambda: next(times))
    assert 11 == 100 - len(list(times)) - 1


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("http://127.0.0.1:1/x", "http://127.0.0.1:1/x: cannot be fetched: connection refused"),
        ("http://[bad/x", "http://[bad/x: cannot be fetched: Invalid IPv6 URL"),
        ("http://", "http://: cannot be fetched: no host given"),
        ("HTTP://h:x/", "HTTP://h:x/: cannot be fetched: nonnumeric port: 'x'"),
        (
            "https://me:secret@host/x",
            "https://host/x: cannot be fetched: an address with a user name is not supported",
        ),
    ],
)
def test_addresses_that_cannot_be_fetched(source: str, expected: str) -> None:
    """What is wrong with an address is said, without a password that is in it."""
    assert expected == reason(source)


def test_errors_are_data() -> None:
    """An error has the source and the reason, and escapes what does not print."""
    error = SourceError("a\x1b", "b\n")
    assert ("a\x1b", "b\n") == (error.name, error.reason)
    assert "a\\x1b: b\\n" == str(error)
