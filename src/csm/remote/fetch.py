"""Fetching: one answer over HTTP, within a time and a size, whatever the other side does.

Only the input and output live here. A socket's own timeout bounds one wait, and whoever sends a
letter now and then is never late by it; so the connection is also cut when the time is over.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Generator, Mapping
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Final

import attrs

from csm.checks.clock import SYSTEM_CLOCK, Clock
from csm.remote.address import Address
from csm.remote.errors import RemoteStatusError, reason_of

_LEAST: Final = 0.001
"""Seconds: none at all would mean to wait without end."""


@attrs.frozen
class Reply:
    """What came back.

    Attributes:
        code: The HTTP code.
        media_type: The content type without its parameters, in lower case; empty where none is
            said.
        location: Where a redirection leads.
        body: The body.
    """

    code: int
    media_type: str
    location: str
    body: bytes


class Deadline:
    """The time until which a connection may be open.

    Args:
        timeout: Seconds from now.
        clock: Tells the time.
    """

    def __init__(self, timeout: float, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._end = clock.monotonic() + timeout

    @property
    def left(self) -> float:
        """Seconds that are left, more than none."""
        return max(_LEAST, self._end - self._clock.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return self._clock.monotonic() >= self._end

    @contextlib.contextmanager
    def cutting(self, peer: socket.socket) -> Generator[None]:
        """Cut a connection when the time is over, and close it at the end."""
        lock = threading.Lock()  # what is closed may be the number of another socket a moment later

        def cut() -> None:
            with lock, contextlib.suppress(OSError):
                # Not the method of a TLS socket, which is not made for another thread.
                socket.socket.shutdown(peer, socket.SHUT_RDWR)

        cancel = self._clock.call_at(self._end, cut)
        try:
            yield
        finally:
            cancel()
            with lock:
                peer.close()


def fetch(
    address: Address,
    headers: Mapping[str, str],
    *,
    timeout: float,
    max_bytes: int,
    context: ssl.SSLContext | None = None,
) -> Reply:
    """Return what an address answers, whatever its code.

    Redirections are not followed: they lead elsewhere, with our headers.

    Args:
        address: Where to ask.
        headers: What to send along.
        timeout: Seconds for all of it, the look-up of the name aside, which the system bounds.
        max_bytes: The longest body.
        context: How TLS is spoken; default: as the system trusts.

    Raises:
        RemoteStatusError: There is no answer, not in time, or too long a one.
    """
    deadline = Deadline(timeout)
    try:
        peer = _connected(address, deadline)
        if address.is_secure:
            peer = _secured(peer, address, deadline, context or _default_context())
        with deadline.cutting(peer):
            reply = _ask(peer, address, headers, max_bytes)
        if deadline.is_over:  # what was cut looks like the end of a body
            raise TimeoutError
    except (OSError, HTTPException) as error:
        if isinstance(error, TimeoutError) or deadline.is_over:
            reason = f"did not answer within {timeout:g} s"
        else:
            reason = reason_of(error)
        raise RemoteStatusError(address.shown, reason) from error
    return reply


def _connected(address: Address, deadline: Deadline) -> socket.socket:
    """Connect to the first address of a host that takes us; all of them share the time."""
    failure: OSError = OSError("no address")
    for family, kind, protocol, _, place in socket.getaddrinfo(
        address.host, address.port, type=socket.SOCK_STREAM
    ):
        peer = socket.socket(family, kind, protocol)
        try:
            peer.settimeout(deadline.left)
            peer.connect(place)
        except OSError as error:
            peer.close()
            failure = error
        else:
            return peer
    raise failure


@cache
def _default_context() -> ssl.SSLContext:
    return ssl.create_default_context()


def _secured(
    peer: socket.socket, address: Address, deadline: Deadline, context: ssl.SSLContext
) -> socket.socket:
    peer.settimeout(deadline.left)
    try:
        return context.wrap_socket(peer, server_hostname=address.host)
    except BaseException:
        peer.close()
        raise


def _ask(
    peer: socket.socket, address: Address, headers: Mapping[str, str], max_bytes: int
) -> Reply:
    connection = HTTPConnection(address.authority)
    connection.sock = peer
    connection.request("GET", address.target, headers={**headers, "Connection": "close"})
    with contextlib.closing(connection.getresponse()) as response:
        body = _body(response, address, max_bytes)
        content_type = response.headers.get("Content-Type", "")
        return Reply(
            response.status,
            content_type.partition(";")[0].strip().lower(),
            response.headers.get("Location", ""),
            body,
        )


def _body(response: HTTPResponse, address: Address, max_bytes: int) -> bytes:
    body = response.read(max_bytes + 1)
    if len(body) > max_bytes:
        raise RemoteStatusError(address.shown, f"answers with more than {max_bytes:,} bytes")
    if response.length:  # of what was announced, this much never came
        raise ConnectionResetError
    return body
