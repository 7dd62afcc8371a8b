"""One exchange through httpx2, and the one boundary to it.

Here a Request becomes httpx2's, an answer's bytes are collected up to a limit, and every exception
of httpx2 becomes one of ours. How a blocking call keeps its time is in `deadline`.
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any, Final, NoReturn

import httpx2

from statusek_client.calls import Call
from statusek_client.deadline import keeping
from statusek_client.errors import AnswerError, Fate, StatusekError, TransportError
from statusek_client.wire import DATA_DIALECT, Request, Response

LARGEST_ANSWER: Final = 16 * 1024 * 1024
"""Bytes of an answer that are read at most."""

# RFC 9110, sections 5.1 and 5.5
_FIELD_NAME: Final = rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+"
_FIELD_VALUE: Final = rb"(?:[!-~\x80-\xff]+(?:[ \t]+[!-~\x80-\xff]+)*)?"

LIMITS: Final = httpx2.Limits(max_connections=None, max_keepalive_connections=50)
"""Of an own client: each wait holds a connection, and a thousand of them are not too many."""

_KEPT_URLS: Final = 64  # the paths of the calls are few, those of instances are not

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
)


class Target:
    """Where the requests of a client go, and what each of them carries.

    What is the same for all requests is prepared once: it is a fifth of the cost of a call.
    """

    def __init__(
        self,
        base_url: str,
        client: httpx2.Client | httpx2.AsyncClient,
        *,
        api_key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Check the arguments and prepare.

        Args:
            base_url: may have a path; a slash at its end makes no difference.
            client: the headers that it has now are sent too.
            api_key: sent as a bearer token.
            headers: sent with every request.

        Raises:
            TypeError: an argument is not of its type.
            ValueError: the URL is not one of HTTP, or the key cannot stand in a header.
        """
        url = _checked_url(base_url)
        bare = url.copy_with(username=None, password=None)
        self.shown = str(bare)
        self.base_url = self.shown.rstrip("/")  # httpx2 logs the URLs of requests
        self._client = client
        self._urls: dict[str, httpx2.URL] = {}
        self._headers = httpx2.Headers(client.headers)
        if url.userinfo:
            self._headers["Authorization"] = _basic(url)
        self._headers.update(_checked_headers(headers))
        self._headers.update(
            {
                "Accept": DATA_DIALECT,
                "Accept-Encoding": "identity",  # answers are small; and nobody can send a bomb
                "Content-Type": "application/json",
            }
        )
        if api_key is not None:
            self._headers["Authorization"] = f"Bearer {_checked_key(api_key)}"
        self._headers.setdefault("Host", bare.netloc.decode("ascii"))
        _check_sendable(self._headers)

    def outgoing(self, request: Request, extensions: dict[str, Any]) -> httpx2.Request:
        """Return the request as httpx2 sends it."""
        url = self._urls.get(request.path)
        if url is None:
            url = httpx2.URL(self.base_url + request.path)
            if len(self._urls) < _KEPT_URLS:
                self._urls[request.path] = url
        headers = httpx2.Headers(self._headers)
        for name, value in request.headers:
            headers[name] = value
        if request.body:
            headers["Content-Length"] = str(len(request.body))
        outgoing = httpx2.Request(
            request.method,
            url,
            # Given a stream, it adds no headers, which are all here.
            stream=httpx2.ByteStream(request.body),
            headers=headers,
            cookies=self._client.cookies,
            extensions=extensions,
        )
        outgoing.read()  # so that transports find the content as a whole
        return outgoing


def _checked_key(api_key: object) -> str:
    if not isinstance(api_key, str):
        raise TypeError(f"api_key is a {type(api_key).__name__}; expected a str")
    if not re.fullmatch(r"[!-~]+", api_key):
        raise ValueError(
            "api_key is empty or holds characters that a header cannot carry; expected printable "
            "ASCII without spaces (a line break at its end is a usual reason)"
        )
    return api_key


def _basic(url: httpx2.URL) -> str:
    credentials = f"{url.username}:{url.password}".encode()
    return f"Basic {base64.b64encode(credentials).decode()}"


def _checked_headers(headers: Mapping[str, str] | None) -> httpx2.Headers:
    try:
        return httpx2.Headers(headers)
    except UnicodeEncodeError:  # it carries the value
        raise ValueError("headers: one holds characters that a header cannot carry") from None


def _check_sendable(headers: httpx2.Headers) -> None:
    # What finds a bad header later shows its value, which may be a key.
    for name, value in headers.raw:
        if not re.fullmatch(_FIELD_NAME, name) or not re.fullmatch(_FIELD_VALUE, value):
            shown = name.decode("ascii", "replace")
            raise ValueError(f"the header {shown!r} holds characters that a header cannot carry")


def _checked_url(base_url: object) -> httpx2.URL:
    if not isinstance(base_url, str):
        raise TypeError(f"base_url is a {type(base_url).__name__}; expected a str")
    shown = re.sub(r"^(.*//)?.*@", r"\1…@", base_url, flags=re.DOTALL)  # it may hold a password
    try:
        url = httpx2.URL(base_url)
    except httpx2.InvalidURL as error:
        why = "" if "@" in base_url else f": {error}"
        raise ValueError(f"base_url {shown!r} is not a URL{why}") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError(f"base_url {shown!r} is not of the form http://HOST:PORT")
    if url.query or url.fragment:
        raise ValueError(f"base_url {shown!r} has a query or a fragment; expected neither")
    return url


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
    with _translated(call, target), keeping(deadline, is_bound=is_bound) as extensions:
        outgoing = target.outgoing(call.request, extensions)
        response = client.send(outgoing, stream=True, follow_redirects=False)
        try:
            for piece in _pieces(response):
                body.add(piece)
                if time.monotonic() > deadline:
                    raise _out_of_time(call, target, fate="unknown")
        finally:
            response.close()
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
    with _translated(call, target):
        try:
            with anyio.fail_after(seconds):
                outgoing = target.outgoing(call.request, {"timeout": limits})
                response = await client.send(outgoing, stream=True, follow_redirects=False)
                try:
                    async for piece in response.aiter_bytes():
                        body.add(piece)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise _out_of_time(call, target, fate="unknown") from error
    return body.response(response)


def _pieces(response: httpx2.Response) -> Iterable[bytes]:
    # httpx2's own iteration costs more than the few bytes of an answer are worth.
    stream = response.stream
    if isinstance(stream, httpx2.SyncByteStream) and "content-encoding" not in response.headers:
        return stream
    return response.iter_bytes()


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


@contextmanager
def _translated(call: Call[Any], target: Target) -> Generator[None]:
    # every exception of httpx2 becomes one of ours, chained
    try:
        yield
    except _ALL as error:
        _raise(error, call, target)
    except Exception as error:
        # Some of its own escape from the transport of aiohttp.
        if not _is_aiohttps(error):
            raise
        _raise(error, call, target)


def _raise(error: Exception, call: Call[Any], target: Target) -> NoReturn:
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
