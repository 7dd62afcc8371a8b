"""How a fate looks to a client: as what httpx2 raises and returns, or as bytes on a socket."""

from __future__ import annotations

import random
import socket
import struct
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Final, Self

import httpx2

from schedules.days import Day, Fate, Request

_RAISED: Final[dict[Fate, type[httpx2.TransportError]]] = {
    "refused": httpx2.ConnectError,
    "dropped before": httpx2.RemoteProtocolError,
    "dropped after": httpx2.RemoteProtocolError,
    "late": httpx2.ReadTimeout,
    "delayed": httpx2.ReadTimeout,
    "reset": httpx2.ReadError,
}
_BROKEN: Final[dict[Fate, type[httpx2.TransportError]]] = {
    "half": httpx2.ReadError,
    "long lie": httpx2.RemoteProtocolError,
    "drip": httpx2.ReadTimeout,
}
_PAGE: Final = b"<html><body>Bad Gateway</body></html>"
_GARBAGE: Final = (b"", b"\x00\xff\xfe", b"null", b"[1]", b'{"status":true}', _PAGE, b"{" * 5000)


class _Broken(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body that ends in an error."""

    def __init__(self, body: bytes, error: Exception) -> None:
        self._body = body
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        yield self._body
        raise self._error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body
        raise self._error


class Memory:
    """The way to a server of this day, without a socket; a handler for httpx2's MockTransport."""

    def __init__(self, day: Day) -> None:
        self._day = day
        self._chance = day.chance

    def __call__(self, request: httpx2.Request) -> httpx2.Response:  # noqa: PLR0911 (a table)
        key = request.headers.get("Idempotency-Key", "")
        arrived = Request.of(request.url.path, request.content, key)
        fate, answer = self._day.fate(arrived)
        if fate in _RAISED:
            raise _RAISED[fate](fate)
        if fate in _BROKEN:
            body = (answer or b"{}")[: self._chance.randrange(1, 20)]
            return httpx2.Response(200, stream=_Broken(body, _BROKEN[fate](fate)))
        if fate == "redirect":
            return httpx2.Response(301, headers={"Location": "/elsewhere/"})
        if fate.startswith("gateway"):
            return httpx2.Response(self._chance.choice((502, 503, 504)), content=_PAGE)
        if fate == "garbage":
            return httpx2.Response(200, content=self._chance.choice(_GARBAGE))
        if fate == "short lie":
            return httpx2.Response(200, content=(answer or b"{}")[:-8])
        if answer is None:
            return httpx2.Response(404, text="404 page not found\n")
        return httpx2.Response(200, content=answer)


class Sockets:
    """The way to a server of this day over real sockets; one request a connection."""

    def __init__(self, day: Day) -> None:
        self._day = day
        self._chance = random.Random(day.chance.random())
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, name="hostile", daemon=True)
        self._open: list[socket.socket] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(30)
        for peer in self._open:
            peer.close()

    def _accept(self) -> None:
        # One at a time, so that the order in which things happen is that of the client.
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            with suppress(OSError):
                peer.settimeout(10)
                if not self._serve(peer):
                    self._open.append(peer)  # nobody answers there any more
                    continue
            peer.close()

    def _serve(self, peer: socket.socket) -> bool:
        arrived = _read(peer)
        if arrived is None:
            return True
        fate, answer = self._day.fate(arrived)
        body = answer if answer is not None else b"404 page not found\n"
        code = "200 OK" if answer is not None else "404 Not Found"
        if fate in ("late", "delayed"):
            return False
        if fate == "drip":
            # The head at once, and then nothing that could be an answer.
            peer.sendall(_framed(code, body)[:-1])
            return False
        if fate in ("refused", "dropped before", "dropped after"):
            return True
        if fate == "reset":
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return True
        peer.sendall(self._sent(fate, code, body))
        return True

    def _sent(self, fate: Fate, code: str, body: bytes) -> bytes:  # noqa: PLR0911 (a table)
        if fate == "half":
            whole = _framed(code, body)
            return whole[: self._chance.randrange(1, len(whole))]
        if fate == "long lie":
            return _framed(code, body, length=len(body) + 9)
        if fate == "short lie":
            return _framed(code, body, length=len(body) - 8)
        if fate == "redirect":
            return _framed("301 Moved", b"", "Location: /elsewhere/")
        if fate.startswith("gateway"):
            return _framed(self._chance.choice(("502 X", "503 X", "504 X")), _PAGE)
        if fate == "garbage":
            raw = self._chance.choice(_GARBAGE)
            return raw if self._chance.random() < 0.3 else _framed("200 OK", raw)
        return _framed(code, body)


def _framed(code: str, body: bytes, *headers: str, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {code}", f"Content-Length: {size}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def _read(peer: socket.socket) -> Request | None:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = peer.recv(65536)
        if not piece:
            return None
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += peer.recv(65536)
    return Request.of(first.split(" ")[1], body, headers.get("idempotency-key", ""))
