"""The deadline of a call over httpx2's sync client, kept on each of its connections.

httpx2 bounds each read by itself, so a server that sends a byte now and then would hold a caller
for ever. Only what bounds a call as a whole lives here, and, since it sees what a connection
writes, that a request leaves in one piece; async code has cancellation for deadlines.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final

import httpx2

if TYPE_CHECKING:
    import httpcore2

_PIECE: Final = 65536
_OPENED: Final = (".connect_tcp.complete", ".connect_unix_socket.complete")


class _Current(threading.local):
    """The deadline of the call that this thread is in, on the monotonic clock."""

    deadline: float | None = None


_current = _Current()


class Keeping:
    """Bounds what this thread does in its block; gives the extensions for the block's request."""

    __slots__ = ("_deadline", "_is_bound")

    def __init__(self, deadline: float, *, is_bound: bool = False) -> None:
        """Prepare.

        Args:
            deadline: on the monotonic clock.
            is_bound: whether the connections are bound when they are opened (`dialing`); if not,
                they are found by tracing, which costs a tenth of a call.
        """
        self._deadline = deadline
        self._is_bound = is_bound

    def __enter__(self) -> dict[str, Any]:
        _current.deadline = self._deadline
        extensions: dict[str, Any] = {"timeout": _Remaining(self._deadline)}
        return extensions if self._is_bound else extensions | {"trace": _on_event}

    def __exit__(self, *_: object) -> None:
        _current.deadline = None


class _Remaining(dict[str, float]):
    """httpx2's four timeouts, each of them what is left of the call when it is asked for."""

    def __init__(self, deadline: float) -> None:
        super().__init__(connect=deadline, read=deadline, write=deadline, pool=deadline)
        self._deadline = deadline

    def get(self, key: str, default: object = None) -> float:  # noqa: ARG002 (a dict's)
        """Return the seconds that are left; never 0, which a socket takes for not waiting."""
        return max(self._deadline - time.monotonic(), 0.001)


def _on_event(name: str, info: dict[str, Any]) -> None:
    """Make a connection that has just been opened obey the deadline of the calls that use it."""
    if name.endswith(_OPENED):
        bind(info["return_value"])


def bind(stream: httpcore2.NetworkStream) -> httpcore2.NetworkStream:
    """Make a connection obey the deadline of the calls that use it, also when it turns to TLS."""
    line, start_tls = _Line(stream), stream.start_tls

    def bound_start_tls(*args: Any, **settings: Any) -> httpcore2.NetworkStream:  # noqa: ANN401 (those of httpcore2)
        return bind(start_tls(*args, **settings))

    stream.read, stream.write = line.read, line.write  # type: ignore[method-assign]
    stream.start_tls = bound_start_tls  # type: ignore[method-assign]
    return stream


class _Line:
    """A connection whose reads and writes are cut to what is left of the current call.

    A request's own timeouts are looked up once for all reads of its headers, and once for those of
    its body; only the stream sees every read. The head of a request is kept until its body comes:
    sent one by one, they wake the server twice, which costs more than all else in a short call.
    """

    __slots__ = ("_head", "_read", "_write")

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._head = b""
        self._read, self._write = stream.read, stream.write

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._head:  # of a request without a body
            self.write(b"", timeout)
        return self._read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not self._head and buffer.startswith(b"POST ") and buffer.endswith(b"\r\n\r\n"):
            self._head = bytes(buffer)
            return
        if self._head:
            buffer, self._head = self._head + buffer, b""
        if len(buffer) <= _PIECE:
            self._write(buffer, _left(timeout))
            return
        for start in range(0, len(buffer), _PIECE):
            self._write(buffer[start : start + _PIECE], _left(timeout))


def _left(timeout: float | None) -> float | None:
    if _current.deadline is None:
        return timeout
    left = _current.deadline - time.monotonic()
    if left <= 0:
        raise httpx2.ReadTimeout("the time for the call is over")
    return left
