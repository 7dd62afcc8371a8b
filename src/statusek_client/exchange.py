"""One exchange through httpx2, and the one boundary to it.

Here a request is sent, an answer's bytes are collected up to a limit, and every exception
of httpx2 becomes one of ours. How a blocking call keeps its time is in `deadline`.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterable, Iterable
from typing import Any, Final, TypeVar, cast

import httpx2

from statusek_client.calls import Call
from statusek_client.deadline import Keeping
from statusek_client.errors import AnswerError, Fate, StatusekError, TransportError
from statusek_client.target import Target
from statusek_client.wire import Response

Connections = TypeVar("Connections", httpx2.Client, httpx2.AsyncClient)

LARGEST_ANSWER: Final = 16 * 1024 * 1024
"""Bytes of an answer that are read at most."""

LIMITS: Final = httpx2.Limits(max_connections=None, max_keepalive_connections=50)
"""Of an own client: each wait holds a connection, and a thousand of them are not too many."""

# Raised before a byte of the request has left this machine.
_NOT_SENT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
    httpx2.InvalidURL,
)
# The same of aiohttp, which may stand behind httpx2 as the caller's transport.
_NOT_OPENED: Final = frozenset({"ClientConnectorError", "ConnectionTimeoutError", "InvalidURL"})
# An answer came, and httpx2 (or a hook of the caller's client) could not take it.
_ANSWERED: Final = (
    httpx2.DecodingError,
    httpx2.TooManyRedirects,
    httpx2.HTTPStatusError,
    httpx2.CookieConflict,
)
# httpx2's exceptions have no common base.
_ALL: Final = (
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpx2.CookieConflict,
    httpx2.StreamError,
    httpx2.SSEError,
    TimeoutError,  # of a transport that lets the event loop's escape
)


def connections(kind: type[Connections], given: Connections | None) -> Connections:
    """Return the caller's httpx2 client, or one of our own where there is none.

    Raises:
        TypeError: what the caller gave is of another kind.
    """
    if given is None:
        return kind(limits=LIMITS)
    if not isinstance(cast("object", given), kind):
        raise TypeError(
            f"http_client is a {type(given).__name__}; expected an httpx2.{kind.__name__}"
        )
    return given


def send(
    client: httpx2.Client,
    target: Target,
    call: Call[Any],
    seconds: float,
    *,
    is_bound: bool = False,
) -> Response:
    """Send a request and return the whole answer, in at most so many seconds.

    Args:
        client: sends it.
        target: where to.
        call: the request.
        seconds: how long it may take.
        is_bound: whether the client's connections keep deadlines by themselves (`dialing`).

    Raises:
        TransportError: no answer came, or not in time.
        AnswerError: an answer came, and it cannot be taken.
    """
    if seconds <= 0:
        raise _out_of_time(call, target, fate="not sent")
    deadline = time.monotonic() + seconds
    body = Body(call)
    try:
        with Keeping(deadline, is_bound=is_bound) as extensions:
            outgoing = target.outgoing(call.request, extensions)
            response = client.send(outgoing, stream=True, follow_redirects=False)
            try:
                for piece in _pieces(response):
                    body.add(piece)
                    if time.monotonic() > deadline:
                        raise _out_of_time(call, target, fate="unknown")
            finally:
                response.close()
    except Exception as error:
        _raise_as_ours(error, call, target)
        raise
    return body.response(response)


async def send_async(
    client: httpx2.AsyncClient, target: Target, call: Call[Any], seconds: float
) -> Response:
    """Send a request and return the whole answer, in at most so many seconds.

    Raises:
        TransportError: no answer came, or not in time.
        AnswerError: an answer came, and it cannot be taken.
    """
    if seconds <= 0:
        raise _out_of_time(call, target, fate="not sent")
    import anyio

    body = Body(call)
    limits = dict.fromkeys(("read", "write"), seconds)
    # A connection that does not open in time is reported as such: the request was not sent.
    limits |= dict.fromkeys(("connect", "pool"), seconds * 0.95)
    try:
        with anyio.CancelScope(deadline=anyio.current_time() + seconds):
            outgoing = target.outgoing(call.request, {"timeout": limits})
            response = await client.send(outgoing, stream=True, follow_redirects=False)
            try:
                async for piece in _async_pieces(response):
                    body.add(piece)
            finally:
                await response.aclose()
            return body.response(response)
    except Exception as error:
        _raise_as_ours(error, call, target)
        raise
    raise _out_of_time(call, target, fate="unknown")


def _pieces(response: httpx2.Response) -> Iterable[bytes]:
    # httpx2's own iteration costs more than the few bytes of an answer are worth.
    stream = response.stream
    if isinstance(stream, httpx2.SyncByteStream) and "content-encoding" not in response.headers:
        return stream
    return response.iter_bytes()


def _async_pieces(response: httpx2.Response) -> AsyncIterable[bytes]:
    stream = response.stream
    if isinstance(stream, httpx2.AsyncByteStream) and "content-encoding" not in response.headers:
        return stream
    return response.aiter_bytes()


class Body:
    """The bytes of an answer, collected up to a limit."""

    __slots__ = ("_call", "_pieces", "_size")

    def __init__(self, call: Call[Any]) -> None:
        self._call = call
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, piece: bytes) -> None:
        """Take a further piece; raise AnswerError where the answer becomes too large."""
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > LARGEST_ANSWER:
            raise AnswerError(
                message=f"the answer is larger than {LARGEST_ANSWER} bytes",
                **self._call.facts(),
            )

    def response(self, response: httpx2.Response) -> Response:
        """Return the whole answer."""
        headers = tuple(
            (name.lower().decode("latin-1"), value.decode("latin-1"))
            for name, value in response.headers.raw
        )
        return Response(response.status_code, headers, b"".join(self._pieces))


def _raise_as_ours(error: Exception, call: Call[Any], target: Target) -> None:
    """Raise what an exception of httpx2 is to our callers, chained; leave all others alone."""
    # Some of its own escape from the transport of aiohttp.
    if not isinstance(error, _ALL) and not _is_aiohttps(error):
        return
    if isinstance(error, _ANSWERED):
        raise AnswerError(
            message=f"the answer could not be taken: {_said(error)}", **call.facts()
        ) from error
    fate: Fate = "not sent" if _was_not_sent(error) else "unknown"
    message = f"no answer from {target.shown}: {_said(error)}"
    raise TransportError(message=message, fate=fate, **call.facts()) from error


def _was_not_sent(error: Exception) -> bool:
    cause = error.__cause__
    if cause is not None and _is_aiohttps(cause):
        # Its transport takes every connection that breaks for one that did not open.
        return any(kind.__name__ in _NOT_OPENED for kind in type(cause).__mro__)
    return isinstance(error, _NOT_SENT)


def _is_aiohttps(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] == "aiohttp"


def _said(error: Exception) -> str:
    words = str(error).strip()
    name = type(error).__name__
    return f"{words} ({name})" if words else name


def _out_of_time(call: Call[Any], target: Target, *, fate: Fate) -> StatusekError:
    message = f"no answer from {target.shown}: the time for the call is over"
    return TransportError(message=message, fate=fate, **call.facts())
