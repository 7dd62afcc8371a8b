"""Both clients against servers that misbehave, over real sockets."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Literal, Unpack

import anyio
import httpx2
import pytest
from httpx_aiohttp.httpx2 import Httpx2AiohttpClient

from statusek_client import (
    AsyncStatusekClient,
    Finish,
    RetryPolicy,
    StatusekClient,
    errors,
)
from strategies import hostile as bad
from strategies.client_kit import TOKEN, Settings
from strategies.hostile import answering, dripping, hostile, http

Kind = Literal["sync", "async", "aiohttp"]

HTML = b"<!DOCTYPE html><html><body>Bad Gateway</body></html>"
NO_RETRY = RetryPolicy(retries=0)
AT_ONCE = RetryPolicy(first_delay=0.001)
HEAD = len(b"HTTP/1.1 200 OK\r\n")


def calling(kind: Kind, url: str, method: str, *args: str, **settings: Unpack[Settings]) -> object:
    """Call a method of a client of this kind."""
    if kind == "sync":
        with StatusekClient(url, **settings) as client:
            return getattr(client, method)(*args)

    async def call() -> object:
        async with speaking(kind, url, **settings) as client:
            return await getattr(client, method)(*args)

    return anyio.run(call)


@asynccontextmanager
async def speaking(
    kind: Kind, url: str, **settings: Unpack[Settings]
) -> AsyncGenerator[AsyncStatusekClient]:
    """Give an async client, with the transport of its kind."""
    own = Httpx2AiohttpClient() if kind == "aiohttp" else httpx2.AsyncClient()
    async with own, AsyncStatusekClient(url, http_client=own, **settings) as client:
        yield client


@pytest.fixture(params=["sync", "async", "aiohttp"])
def kind(request: pytest.FixtureRequest) -> Kind:
    chosen: Kind = request.param
    return chosen


def failing(
    kind: Kind, *behaviours: bad.Behaviour, **settings: Unpack[Settings]
) -> errors.StatusekError:
    """Return what checking an instance ends in."""
    settings.setdefault("retry", NO_RETRY)
    with hostile(*behaviours) as server, pytest.raises(errors.StatusekError) as caught:
        calling(kind, server.url, "check_is_finished", TOKEN, **settings)
    return caught.value


@pytest.mark.parametrize(
    "raw",
    [
        http(bad.OPEN),
        bad.chunked(bad.OPEN),
        b"HTTP/1.1 200 OK\r\n\r\n" + bad.OPEN,
        http(bad.OPEN, "200 OK", "Content-Type: text/plain; charset=utf-8"),
        http(bad.OPEN, "500 Internal Server Error"),
    ],
    ids=["plain", "byte by byte in chunks", "until closed", "as text", "under a 500"],
)
def test_an_answer_in_any_frame_is_read(kind: Kind, raw: bytes) -> None:
    """An answer counts, however it is framed and whatever its type and code claim."""
    with hostile(answering(raw)) as server:
        assert Finish(is_finished=False) == calling(kind, server.url, "check_is_finished", TOKEN)


@pytest.mark.parametrize(
    "behaviour",
    [
        bad.close_at_once,
        bad.close_after_reading,
        answering(b"SSH-2.0-OpenSSH_9.6\r\n"),
        answering(b"\x00\xff\x00\xff" * 40 + b"\r\n\r\n"),
        answering(b"HTTP/1.1 200 OK\r\nContent-Le"),
        answering(http(bad.OPEN[:10], length=len(bad.OPEN))),
        answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    ],
    ids=[
        "closed at once",
        "closed after the request",
        "another protocol",
        "garbage",
        "half a head",
        "half a body",
        "broken chunks",
    ],
)
def test_no_whole_answer_is_an_unknown_fate(kind: Kind, behaviour: bad.Behaviour) -> None:
    """Where the request may have arrived and no whole answer came, the fate is unknown."""
    error = failing(kind, behaviour)
    assert isinstance(error, errors.TransportError)
    assert "unknown" == error.fate
    assert error.__cause__ is not None


def test_a_refused_connection_is_not_sent(kind: Kind) -> None:
    """Where nobody listens, the request was not sent."""
    with hostile(bad.silent) as server:
        url = server.url
    with pytest.raises(errors.TransportError) as caught:
        calling(kind, url, "check_is_finished", TOKEN, retry=NO_RETRY)
    assert "not sent" == caught.value.fate


@pytest.mark.parametrize(
    "raw",
    [
        *(http(HTML, f"{code} X", "Content-Type: text/html") for code in (200, 403, 404, 500, 503)),
        http(bad.OPEN, length=20),
        http(b""),
        http(b"\x1f\x8b\x08nonsense", "200 OK", "Content-Encoding: gzip"),
    ],
    ids=["html 200", "html 403", "html 404", "html 500", "html 503", "cut off", "empty", "gzip"],
)
def test_an_answer_of_somebody_else_is_not_understood(kind: Kind, raw: bytes) -> None:
    """A page or a wreck with any HTTP code is no answer of a Statusek."""
    error = failing(kind, answering(raw))
    if kind == "aiohttp" and isinstance(error, errors.TransportError):
        assert "unknown" == error.fate  # it finds more wrong with frames, and gives no answer then
    else:
        assert isinstance(error, errors.AnswerError)


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(kind: Kind, code: int) -> None:
    """A redirect is shown, never followed: a followed POST may come out as a GET."""
    raw = http(b"", f"{code} Moved", "Location: /elsewhere/")
    with (
        hostile(answering(raw)) as server,
        pytest.raises(errors.AnswerError, match=r"redirects .* '/elsewhere/'"),
    ):
        calling(kind, server.url, "set_status", TOKEN, "RUN", retry=NO_RETRY)


def test_a_huge_answer_is_not_swallowed(kind: Kind) -> None:
    """An answer beyond the limit is dropped before it fills the memory."""
    assert "larger than" in str(failing(kind, bad.huge))


@pytest.mark.parametrize(
    "behaviour",
    [
        bad.silent,
        dripping(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 500),
        dripping(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 500, after=HEAD + 2),
        dripping(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 500, after=HEAD + 30
        ),
    ],
    ids=["silence", "dripping head", "dripping body", "dripping chunk size"],
)
def test_the_timeout_bounds_the_whole_call(kind: Kind, behaviour: bad.Behaviour) -> None:
    """However a server spends the time, the call ends when its time is over, retries included."""
    started = time.monotonic()
    error = failing(kind, behaviour, timeout=0.3, retry=AT_ONCE)
    assert time.monotonic() - started < 3  # a drip by itself would take ten seconds
    assert isinstance(error, errors.TransportError)
    assert "unknown" == error.fate


def test_the_timeout_bounds_a_connection_that_is_kept(kind: Kind) -> None:
    """A second call over the same connection is bounded like the first."""

    def answer_once(connection: bad.Connection) -> None:
        connection.read_request()
        connection.sendall(http(bad.OPEN).replace(b"Connection: close\r\n", b""))
        dripping(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 500)(connection)

    def twice(url: str) -> None:
        with StatusekClient(url, timeout=0.3, retry=NO_RETRY) as client:
            client.check_is_finished(TOKEN)
            client.check_is_finished(TOKEN)

    async def twice_async(url: str) -> None:
        async with speaking(kind, url, timeout=0.3, retry=NO_RETRY) as client:
            await client.check_is_finished(TOKEN)
            await client.check_is_finished(TOKEN)

    started = time.monotonic()
    with hostile(answer_once) as server, pytest.raises(errors.TransportError):
        twice(server.url) if kind == "sync" else anyio.run(twice_async, server.url)
    assert time.monotonic() - started < 3
    assert (1, 2) == (server.connections, len(server.paths))


def test_a_read_is_tried_again(kind: Kind) -> None:
    """A read whose connection was closed is asked again."""
    with hostile(bad.close_at_once, bad.close_after_reading, answering(http(bad.OPEN))) as server:
        finish = calling(kind, server.url, "check_is_finished", TOKEN, retry=AT_ONCE)
    assert Finish(is_finished=False) == finish


def test_a_set_without_an_answer_is_read_back(kind: Kind) -> None:
    """A set of unknown fate is not sent again where the read-back shows that it was done."""
    with hostile(bad.close_after_reading, answering(http(bad.IS_SET))) as server:
        calling(kind, server.url, "set_status", TOKEN, "RUN", retry=AT_ONCE)
        assert ["/status/setStatus", "/status/checkStatusIsSet"] == server.paths


def test_a_create_without_an_answer_is_not_repeated(kind: Kind) -> None:
    """A create of unknown fate is sent once, unless the server says that it keeps keys."""
    with hostile(bad.close_after_reading) as server:
        with pytest.raises(errors.TransportError):
            calling(kind, server.url, "create_instance", "TASK", retry=AT_ONCE)
        # aiohttp asks again by itself what may be asked twice
        assert ["/instance/create", "/about"] == list(dict.fromkeys(server.paths))
        assert 1 == server.paths.count("/instance/create")
