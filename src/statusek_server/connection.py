"""A connection: HTTP from one caller, within limits of size and time.

Here lives how much a caller may send and how long that may take, on top of uvicorn's protocol for
httptools, which limits neither. How long a whole server may take to stop lives in ``draining``.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import httptools
import uvicorn
from attrs import frozen
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

LARGEST_HEAD: Final = 64 * 1024
"""Bytes of a request line and all headers; a name of 4,096 characters fits into a path."""

MOST_HEADERS: Final = 100
"""Headers of one request."""

LONGEST_PIPELINE: Final = 16
"""Requests of one caller that wait for the answers of earlier ones."""

FRAMING: Final = 1
"""Bytes around a piece of a chunked body, for each byte of it, that are still taken for normal."""

LINGER: Final = 2.0
"""Seconds that a refused caller may take to read why, before the connection is cut."""

MOST_LINGERING: Final = 256
"""Refused callers that are told why at the same time; further ones are cut at once."""


_OF_OFFERS: Final = frozenset({b"connection", b"upgrade", b"http2-settings"})


@frozen
class Limits:
    """What a caller may do.

    Args:
        max_connections: Connections that are served at the same time.
        read_seconds: Seconds that one request may take to arrive, and one answer to leave.
        idle_seconds: Seconds between two requests.
    """

    max_connections: int
    read_seconds: float
    idle_seconds: float


class State(ServerState):
    """What the connections of a server share.

    Args:
        limits: What each caller may do.
    """

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self.limits = limits
        self.draining = False


class _RefusedError(Exception):
    """Ends the parsing of a request that is refused; never leaves this module."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class Connection(HttpToolsProtocol):
    """The protocol of one connection; arguments are uvicorn's."""

    server_state: State
    transport: asyncio.Transport

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: State,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.refused = False
        self._active: RequestResponseCycle | None = None
        self._newest: RequestResponseCycle | None = None
        self._heard = False
        self._in_head = True
        self._head = self._raw = self._body = 0
        self._reading_since: float | None = None
        self._stuck_since: float | None = None

    # What a caller sends.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Welcome a caller, or refuse one too many."""
        super().connection_made(transport)
        self._reading_since = self.loop.time()
        if len(self.connections) > self.server_state.limits.max_connections:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)

    def data_received(self, data: bytes) -> None:
        """Take what was sent."""
        if self.refused:
            return  # thrown away, so that its sender gets to read why
        self._unset_keepalive_if_required()
        self._heard = True
        if self._reading_since is None:
            self._reading_since = self.loop.time()
        self._raw += len(data)
        try:
            self._feed(data)
            self._check_framing()
        except httptools.HttpParserCallbackError as error:
            # The parser hides what a callback raises behind its own error.
            if not isinstance(error.__context__, _RefusedError):
                raise
            self._refuse(error.__context__.status)
        except _RefusedError as error:
            self._refuse(error.status)
        except httptools.HttpParserError:
            self._refuse(HTTPStatus.BAD_REQUEST)

    def _feed(self, data: bytes) -> None:
        while True:
            try:
                self.parser.feed_data(data)  # pyright: ignore[reportOptionalMemberAccess]
            except httptools.HttpParserUpgrade as upgrade:
                [head_end] = upgrade.args
                data = self._without_offer() + data[head_end:]
            else:
                return

    def _without_offer(self) -> bytes:
        """Return a head again, without the offer to go on in another protocol.

        HTTP/1.1 lets a server ignore such offers (Java's client makes one with every first
        request), but the parser takes what follows for the other protocol.
        """
        parser = self.parser
        method = parser.get_method()
        if method == b"CONNECT":
            raise _RefusedError(HTTPStatus.METHOD_NOT_ALLOWED)
        version = parser.get_http_version().encode()
        kept = [header for header in self.headers if header[0] not in _OF_OFFERS]
        if not parser.should_keep_alive():
            kept.append((b"connection", b"close"))
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        lines = [b"%s %s HTTP/%s" % (method, self.url, version)]
        lines += [b"%s: %s" % header for header in kept]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def _check_framing(self) -> None:
        """Refuse a request of which too much is neither headers that ended nor body."""
        if self._in_head:
            if self._raw > LARGEST_HEAD:
                raise _RefusedError(_too_long(self.url if self._head else b""))
        elif self._raw > LARGEST_HEAD + (1 + FRAMING) * self._body + self._head:
            raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Note that a request begins."""
        super().on_message_begin()
        self._in_head = True
        self._head = self._raw = self._body = 0
        self._reading_since = self.loop.time()

    def on_url(self, url: bytes) -> None:
        """Take a part of the path."""
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, or a trailer, of which nobody knows the use."""
        self._count(len(name) + len(value) + 4)
        if self._in_head:
            super().on_header(name, value)
            if len(self.headers) > MOST_HEADERS:
                raise _RefusedError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > LARGEST_HEAD:
            raise _RefusedError(_too_long(self.url))

    def on_headers_complete(self) -> None:
        """Start or queue the request."""
        if self.parser.should_upgrade():
            return  # it comes again, without its offer
        if len(self.pipeline) >= LONGEST_PIPELINE:
            raise _RefusedError(HTTPStatus.TOO_MANY_REQUESTS)
        if refusal := _refusal(self.parser.get_http_version(), self.headers):
            raise _RefusedError(refusal)
        self._in_head = False
        super().on_headers_complete()
        self._newest = self.cycle
        if self.server_state.draining:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that a request is read."""
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        self._in_head = True
        self._raw = 0
        self._reading_since = None

    @property
    def _unanswered(self) -> RequestResponseCycle | None:
        """The newest request, unless it is answered."""
        cycle = self._newest
        return None if cycle is None or cycle.response_complete else cycle

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._active = cycle
        super()._start_asgi_task(cycle, app)

    # What a caller is told.

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer what cannot be served, unless that answer would be taken for an earlier one's."""
        self.refused = True
        cycle = self._unanswered
        if cycle is None and not self._in_head:
            self.transport.close()  # the rest of a request that is answered already
        elif cycle is None:
            self._answer_and_close(status)
        elif cycle is self._active and cycle.more_body and not cycle.response_started:
            self._disconnect(cycle)
            self._answer_and_close(status)
        else:
            self._end_after(cycle)

    def _end_after(self, cycle: RequestResponseCycle) -> None:
        """Answer the requests that came whole, and no more."""
        if cycle.more_body:
            self._disconnect(cycle)
            with suppress(IndexError):
                self.pipeline.popleft()  # the newest; it will never be whole
        last = self.pipeline[0][0] if self.pipeline else self._active
        if last is not None and not last.response_complete:
            last.keep_alive = False
        else:
            self.transport.close()

    def _disconnect(self, cycle: RequestResponseCycle) -> None:
        cycle.disconnected = True
        cycle.message_event.set()

    def _answer_and_close(self, status: HTTPStatus) -> None:
        crowd = self.server_state.limits.max_connections + MOST_LINGERING
        if len(self.connections) > crowd:
            self.transport.abort()
            return
        text = f"{status.phrase}\n".encode()
        self.transport.write(
            b"HTTP/1.1 %d %s\r\ncontent-type: text/plain; charset=utf-8\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n%s"
            % (status, status.phrase.encode(), len(text), text)
        )
        # Closed while there is something unread, a connection is reset, and the answer with it.
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()
        self.loop.call_later(LINGER, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the request that is being answered, also where a later one waits behind it."""
        super().connection_lost(exc)
        if self._active is not None and not self._active.response_complete:
            self._disconnect(self._active)

    # What time tells.

    def pause_writing(self) -> None:
        """Note that a caller does not read."""
        super().pause_writing()
        self._stuck_since = self.loop.time()

    def resume_writing(self) -> None:
        """Note that a caller reads again."""
        super().resume_writing()
        self._stuck_since = None

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection on which nothing more was asked."""
        if self.is_idle:  # the next request may have begun before the last one was answered
            super().timeout_keep_alive_handler()

    def check(self, now: float) -> None:
        """End what takes too long; called about every second.

        Args:
            now: By the clock of the event loop.
        """
        patience = self.server_state.limits.read_seconds
        if self._stuck_since is None and self.transport.is_closing():
            self._stuck_since = now  # what is left to be sent
        if self._stuck_since is not None:
            if now - self._stuck_since > patience:
                self.transport.abort()
        elif self._reading_since is not None and now - self._reading_since > patience:
            self._time_out()

    def _time_out(self) -> None:
        if self.refused:
            return  # it has its own, shorter time
        if self._heard:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()  # a connection made in advance, not a request

    # What the end of the server asks.

    @property
    def is_idle(self) -> bool:
        """Whether no request of this caller is being read or answered."""
        begun = self._reading_since is not None and self._heard
        return not begun and self._unanswered is None

    def has_unread(self) -> bool:
        """Return whether something has arrived that was not taken yet."""
        told = self.transport.get_extra_info("socket")
        if told is None or self.transport.is_closing():
            return False
        try:
            with socket.fromfd(told.fileno(), told.family, told.type) as peeked:
                return bool(peeked.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except OSError:
            return False

    def stop(self) -> None:
        """Answer what is under way and say that there will be no more."""
        if self._unanswered is not None:
            self._unanswered.keep_alive = False


def _too_long(url: bytes) -> HTTPStatus:
    if len(url) > LARGEST_HEAD // 2:
        return HTTPStatus.REQUEST_URI_TOO_LONG
    return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE


def _refusal(version: str, headers: Sequence[tuple[bytes, bytes]]) -> HTTPStatus | None:
    """Return why a head is refused of which this server and a proxy might not think the same."""
    if version not in ("1.0", "1.1"):
        return HTTPStatus.HTTP_VERSION_NOT_SUPPORTED
    hosts = 0
    for name, value in headers:
        hosts += name == b"host"
        if name == b"transfer-encoding" and value.lower() != b"chunked":
            return HTTPStatus.NOT_IMPLEMENTED
    is_one = hosts == 1 or (hosts == 0 and version == "1.0")
    return None if is_one else HTTPStatus.BAD_REQUEST
