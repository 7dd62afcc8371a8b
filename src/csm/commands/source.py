"""Sources: where a command reads a message from, a file, an address or standard input.

Only the bounded reading of bytes lives here; what the bytes mean is not looked at.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

import attrs

from csm.printable import printable

# What the serializer reads at most by default; one byte more shows that there is more.
_MOST_BYTES = 16 * 1024 * 1024
_CHUNK = 64 * 1024
_SECONDS = 10.0
_ACCEPT = "application/json, */*;q=0.1"


class SourceError(Exception):
    """A source cannot be read.

    Attributes:
        name: The source, as it was given.
        reason: Why, as a clause.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return printable(f"{self.name}: {self.reason}")


@attrs.frozen
class Content:
    """What a source holds.

    Attributes:
        name: The source, as people know it: `-` is called `<stdin>`.
        body: Its bytes, at most 16 MiB and one byte.
        http_status: The status of the HTTP answer; None where there was none.
    """

    name: str
    body: bytes
    http_status: int | None = None

    @property
    def label(self) -> str:
        """The source, with the HTTP status where that is not the usual one."""
        if self.http_status is None or self.http_status == HTTPStatus.OK:
            return printable(self.name)
        return printable(f"{self.name} (HTTP {self.http_status})")

    def why_no_message(self, reason: str) -> str:
        """Return why the bytes are no message, after the HTTP status where that tells more.

        Args:
            reason: What is wrong with the bytes.
        """
        if self.http_status is None or self.http_status == HTTPStatus.OK:
            return reason
        return f"answered {_status_words(self.http_status)}, and no status message: {reason}"


def _status_words(code: int) -> str:
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)


def read_source(source: str, *, seconds: float = _SECONDS) -> Content:
    """Read a file, an address or standard input.

    Args:
        source: `-`, an address that begins with `http://` or `https://`, or the name of a file.
        seconds: How long reading an address may take altogether.

    Returns:
        The bytes. An HTTP answer counts whatever its status: status endpoints answer 503 with a
        message.

    Raises:
        SourceError: It cannot be read.
    """
    if source == "-":
        return Content("<stdin>", _read_stdin())
    if source.lower().startswith(("http://", "https://")):
        return _fetch(source, seconds)
    return Content(source, _read_file(source))


def _read_stdin() -> bytes:
    if sys.stdin is None:
        raise SourceError("<stdin>", "is closed")
    try:
        return sys.stdin.buffer.read(_MOST_BYTES + 1)
    except OSError as error:
        raise SourceError("<stdin>", _os_reason(error)) from error


def _read_file(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise SourceError(name, _os_reason(error)) from error


def _os_reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:]


class _Answer(Protocol):
    status: int

    def read1(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


def _fetch(url: str, seconds: float) -> Content:
    name = _without_password(url)
    deadline = time.monotonic() + seconds
    try:
        with closing(_open(url, seconds)) as answer:
            body = read_until(answer.read1, deadline, time.monotonic)
            return Content(name, body, answer.status)
    except TimeoutError as error:
        raise SourceError(name, f"did not answer within {seconds:g} seconds") from error
    except URLError as error:
        raise SourceError(name, f"cannot be fetched: {_url_reason(error)}") from error
    except (HTTPException, OSError, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise SourceError(name, f"cannot be fetched: {reason}") from error


def read_until(read: Callable[[int], bytes], deadline: float, clock: Callable[[], float]) -> bytes:
    """Read to the end, the limit of size or the deadline; a socket's timeout bounds one wait."""
    body = bytearray()
    while len(body) <= _MOST_BYTES and (chunk := read(_CHUNK)):
        body += chunk
        if clock() > deadline:
            raise TimeoutError
    return bytes(body)


class _AnyStatus(HTTPDefaultErrorHandler):
    """Takes an answer of any status for an answer."""

    def http_error_default(
        self,
        req: Request,  # noqa: ARG002  # urllib's signature
        fp: IO[bytes],
        code: int,  # noqa: ARG002
        msg: str,  # noqa: ARG002
        hdrs: HTTPMessage,  # noqa: ARG002
    ) -> Any:  # noqa: ANN401  # it declares an error that always ends here
        return fp


def _open(url: str, seconds: float) -> _Answer:
    if "@" in urlsplit(url).netloc:
        raise ValueError("an address with a user name is not supported")
    opener = OpenerDirector()
    # urllib's own set of handlers would also follow a redirection to ftp.
    for handler in (
        ProxyHandler,
        UnknownHandler,
        HTTPHandler,
        HTTPSHandler,
        HTTPRedirectHandler,
        HTTPErrorProcessor,
        _AnyStatus,
    ):
        opener.add_handler(handler())
    headers = {"Accept": _ACCEPT, "User-Agent": "csm"}
    answer: _Answer = opener.open(Request(url, headers=headers), timeout=seconds)  # noqa: S310  # http(s) only
    return answer


def _url_reason(error: URLError) -> str:
    if isinstance(error, HTTPError):
        # A redirection that is refused comes with its answer.
        error.close()
        return f"HTTP {error.code}: {error.msg}"
    reason = error.reason
    return _os_reason(reason) if isinstance(reason, OSError) else str(reason)


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
