"""Framing: requests of which two readers might think differently where they end, or whose they are.

Behind each comes a second request. It is answered only where there is no doubt where it begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from strategies.server_kit import RunningServer, Wire, running

BODY = b'{"object_name":"TASK","instance_timeout":60}'
POST = b"POST /instance/create HTTP/1.1\r\nHost: statusek\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
SECOND = b"GET /healthz HTTP/1.1\r\nHost: statusek\r\nConnection: close\r\n\r\n"
BOTH = b"Content-Length: %d\r\n" % len(CHUNKS)
HELLO = b"GET /healthz HTTP/1.1\r\nHost: statusek\r\n"


def posted(headers: bytes, body: bytes = BODY) -> bytes:
    return POST + headers + b"\r\n" + body


def chunked(chunks: bytes) -> bytes:
    return POST + CHUNKED + chunks


CLEAR = {
    "a length": posted(LENGTH),
    "chunks": chunked(CHUNKS),
    "chunks in capitals": posted(b"Transfer-Encoding: CHUNKED\r\n", CHUNKS),
    "chunks behind a tab": posted(b"Transfer-Encoding:\tchunked\r\n", CHUNKS),
    "empty lines before it": b"\r\n\r\n" + posted(LENGTH),
    "a whole URL": posted(LENGTH).replace(b" /instance", b" http://other/instance"),
    "an offer of HTTP/2": posted(b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + LENGTH),
    "an offer, chunks": posted(
        b"Connection: Upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n", CHUNKS
    ),
    "no body in chunks": HELLO + CHUNKED + b"0\r\n\r\n",
    "HEAD": HELLO.replace(b"GET", b"HEAD") + b"\r\n",
}

LAST = {
    "a connection that ends": (posted(b"Connection: close\r\n" + LENGTH), 200),
    "HTTP/1.0": (posted(LENGTH).replace(b"1.1", b"1.0"), 200),
    "HTTP/1.0 in chunks": (
        posted(b"Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n", CHUNKS).replace(
            b"1.1", b"1.0"
        ),
        200,
    ),
}
"""Behind these comes nothing any more."""

IN_DOUBT = {
    "a length and chunks": posted(BOTH + b"Transfer-Encoding: chunked\r\n", CHUNKS),
    "chunks and a length": posted(b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", CHUNKS),
    "an offer, both": posted(
        b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + BOTH + b"Transfer-Encoding: chunked\r\n",
        CHUNKS,
    ),
    "HTTP/1.0, both": posted(BOTH + b"Transfer-Encoding: chunked\r\n", CHUNKS).replace(
        b"1.1", b"1.0"
    ),
    "two lengths": posted(LENGTH + b"Content-Length: 0\r\n"),
    "the same length twice": posted(LENGTH + LENGTH),
    "a list of lengths": posted(LENGTH.replace(b"\r\n", b", 44\r\n")),
    "a length with a sign": posted(LENGTH.replace(b": ", b": +")),
    "a negative length": posted(b"Content-Length: -1\r\n"),
    "a hexadecimal length": posted(b"Content-Length: 0x2c\r\n"),
    "a length in two parts": posted(b"Content-Length: 4 4\r\n"),
    "a length beyond all": posted(b"Content-Length: 99999999999999999999999\r\n"),
    "a space before the colon": posted(LENGTH.replace(b":", b" :")),
    "chunks, a space before the colon": posted(b"Transfer-Encoding : chunked\r\n", CHUNKS),
    "chunks behind a vertical tab": posted(b"Transfer-Encoding: \x0bchunked\r\n", CHUNKS),
    "chunks in a folded line": posted(b"Transfer-Encoding:\r\n chunked\r\n", CHUNKS),
    "a folded line": posted(b"X: a\r\n b\r\n" + LENGTH),
    "a first line that is folded": posted(LENGTH).replace(b"\r\nHost", b"\r\n Host"),
    "lines that end with LF": posted(LENGTH).replace(b"\r\n", b"\n"),
    "one line that ends with LF": posted(b"X: a\n" + LENGTH),
    "one line that ends with CR": posted(b"X: a\rContent-Length: 0\r\n" + LENGTH),
    "NUL in a value": posted(b"X: a\0b\r\n" + LENGTH),
    "NUL in a name": posted(b"X\0: a\r\n" + LENGTH),
    "a header without a name": posted(b": a\r\n" + LENGTH),
    "a header without a colon": posted(b"X\r\n" + LENGTH),
    "a name with a space": posted(b"X Y: a\r\n" + LENGTH),
    "chunks, then another encoding": posted(b"Transfer-Encoding: chunked, identity\r\n", CHUNKS),
    "two encodings": posted(
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", CHUNKS
    ),
    "a size with 0x": chunked(CHUNKS.replace(b"2c", b"0x2c", 1)),
    "a size with a sign": chunked(CHUNKS.replace(b"2c", b"+2c", 1)),
    "a size with a space": chunked(CHUNKS.replace(b"2c", b"2c ", 1)),
    "a size beyond all": chunked(CHUNKS.replace(b"2c", b"1000000000000002c", 1)),
    "sizes that end with LF": chunked(CHUNKS.replace(b"\r\n", b"\n")),
    "a piece without an end": chunked(CHUNKS.replace(b"}\r\n", b"}", 1)),
    "CR in an extension": chunked(CHUNKS.replace(b"2c", b"2c;a\rb", 1)),
    "LF in an extension": chunked(CHUNKS.replace(b"2c", b"2c;a\nb", 1)),
    "a length behind the body": chunked(CHUNKS[:-2] + b"Content-Length: 5\r\n\r\n"),
    "two hosts": posted(b"Host: other\r\n" + LENGTH),
    "no host": posted(LENGTH).replace(b"Host: statusek\r\n", b""),
    "HTTP/1.2": posted(LENGTH).replace(b"HTTP/1.1", b"HTTP/1.2"),
    "small letters": posted(LENGTH).replace(b"HTTP/1.1", b"http/1.1"),
    "a method in small letters": posted(LENGTH).replace(b"POST", b"post"),
    "HTTP/2 by prior knowledge": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 100,
}

REFUSED = {
    "another encoding": (posted(b"Transfer-Encoding: xchunked\r\n", CHUNKS), 501),
    "identity": (posted(b"Transfer-Encoding: identity\r\n", CHUNKS), 501),
    "a compressed body": (posted(b"Transfer-Encoding: gzip, chunked\r\n", CHUNKS), 501),
    "HTTP/2.0": (posted(LENGTH).replace(b"HTTP/1.1", b"HTTP/2.0"), 505),
    "HTTP/0.9": (b"GET /healthz\r\n\r\n", 505),
    "CONNECT": (b"CONNECT statusek:1 HTTP/1.1\r\nHost: statusek\r\n\r\n", 405),
    **{name: (request, 400) for name, request in IN_DOUBT.items()},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("framing")) as process:
        yield process


def answers(server: RunningServer, request: bytes) -> list[int]:
    """The codes of all answers until the server ends the connection."""
    with Wire.to(server) as wire:
        wire.send(request)
        told = b""
        while part := wire.socket.recv(100_000):
            told += part
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d+)", told)]


@pytest.mark.parametrize("name", CLEAR)
def test_clear(server: RunningServer, name: str) -> None:
    """Where there is no doubt, both requests are answered."""
    assert [200, 200] == answers(server, CLEAR[name] + SECOND)


@pytest.mark.parametrize("name", LAST)
def test_last(server: RunningServer, name: str) -> None:
    """Behind a request that ends its connection, nothing is taken for another one."""
    request, code = LAST[name]
    assert [code] == answers(server, request + SECOND)


@pytest.mark.parametrize("name", REFUSED)
def test_refused(server: RunningServer, name: str) -> None:
    """Where there is doubt, there is one answer, a refusal, and nothing behind it is read."""
    request, code = REFUSED[name]
    assert [code] == answers(server, request + SECOND)


def test_a_body_that_looks_like_a_request(server: RunningServer) -> None:
    """What is in a body is never a request."""
    request = HELLO + b"Content-Length: %d\r\n\r\n%s" % (len(SECOND), SECOND)
    assert [200, 200] == answers(server, request + SECOND)
