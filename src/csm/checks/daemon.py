"""Daemon threads with an event loop: what runs there holds up neither its caller nor the exit.

Only the threads and their life live here. A fork takes no thread along, so each is started again
where it is needed after one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable
from contextvars import Context
from typing import Protocol
from weakref import WeakSet


class _Forked(Protocol):
    def forget_threads(self) -> None: ...


_to_tell: WeakSet[_Forked] = WeakSet()


def tell_after_fork(what: _Forked) -> None:
    """Have `forget_threads` called in every process that is forked off from now on."""
    _to_tell.add(what)


def _tell() -> None:
    for what in list(_to_tell):
        what.forget_threads()


if hasattr(os, "register_at_fork"):  # pragma: no branch  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_tell)


class DaemonLoop:
    """An event loop in a daemon thread, started when it is first needed.

    Args:
        name: The name of the thread.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.forget_threads()
        tell_after_fork(self)

    def forget_threads(self) -> None:
        """Begin anew: the thread was left behind by a fork."""
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop, running."""
        with self._lock:
            if self._loop is None:
                loop = asyncio.new_event_loop()
                try:
                    threading.Thread(target=loop.run_forever, name=self._name, daemon=True).start()
                except RuntimeError:  # the system has no thread left: the next one may have
                    loop.close()
                    raise
                self._loop = loop
            return self._loop

    def call(self, callback: Callable[[], object]) -> None:
        """Have something called in the thread, after all that was to be called before."""
        self.loop.call_soon_threadsafe(callback, context=Context())

    def call_later(self, delay: float, callback: Callable[[], object]) -> Callable[[], object]:
        """Have something called in the thread after some seconds.

        Returns:
            A function that cancels it.
        """
        loop = self.loop
        when = loop.time() + delay
        timer: list[asyncio.TimerHandle] = []
        arming = loop.call_soon_threadsafe(
            lambda: timer.append(loop.call_at(when, callback)), context=Context()
        )

        def disarm() -> None:
            arming.cancel()
            for handle in timer:
                handle.cancel()

        def cancel() -> None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(disarm)

        return cancel
