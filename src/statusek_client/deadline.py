"""The deadline of a call over httpx2's sync client.

httpx2 bounds each read by itself, so a server that sends a byte now and then would hold a caller
for ever. Only what bounds a call as a whole lives here; async code has cancellation for that.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import httpx2

if TYPE_CHECKING:
    import httpcore2

_PIECE: Final = 65536
_OPENED: Final = (".connect_tcp.complete", ".start_tls.complete", ".connect_unix_socket.complete")


class _Current(threading.local):
    """The deadline of the call that this thread is in, on the monotonic clock."""

    deadline: float | None = None


_current = _Current()


@contextmanager
def keeping(deadline: float) -> Generator[dict[str, Any]]:
    """Bound what this thread does in the block; give the extensions for its request."""
    _current.deadline = deadline
    try:
        yield {"timeout": _Remaining(deadline), "trace": _on_event}
    finally:
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
        _bind(info["return_value"])


def _bind(stream: httpcore2.NetworkStream) -> None:
    """Cut each read and write of a connection to what is left of the current call.

    A request's own timeouts are looked up once for all reads of its headers, and once for those of
    its body; only the stream sees every read.
    """
    read, write = stream.read, stream.write

    def bound_read(max_bytes: int, timeout: float | None = None) -> bytes:
        return read(max_bytes, _left(timeout))

    def bound_write(buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            write(buffer[start : start + _PIECE], _left(timeout))

    stream.read, stream.write = bound_read, bound_write  # type: ignore[method-assign]


def _left(timeout: float | None) -> float | None:
    if _current.deadline is None:
        return timeout
    left = _current.deadline - time.monotonic()
    if left <= 0:
        raise httpx2.ReadTimeout("the time for the call is over")
    return left
