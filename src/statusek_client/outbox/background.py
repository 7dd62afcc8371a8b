"""The background: a thread for blocking clients, a task for async ones.

Only what waits and wakes lives here; what is done is in `keeper`. Both end when nothing is left to
deliver, and begin again when something is.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING
from weakref import WeakSet, ref

from statusek_client.outbox.keeper import Keeper

if TYPE_CHECKING:
    from statusek_client.async_client import AsyncStatusekClient
    from statusek_client.client import StatusekClient
    from statusek_client.outbox.box import Outbox

logger = logging.getLogger("statusek_client")


class ThreadKeeper(Keeper):
    """Delivers in a daemon thread, which does not keep the client alive."""

    def __init__(self, outbox: Outbox, client: StatusekClient) -> None:
        super().__init__(outbox, client.server, client.terms)
        self._client = ref(client)
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._has_news = False
        _living.add(self)

    def added(self, pause: float) -> None:
        """Begin to deliver, where that is not done already."""
        with self._lock:
            self._has_news = True
            is_idle = self._thread is None or not self._thread.is_alive()
            if is_idle and self._outbox.background and not self._is_closed:
                self._thread = threading.Thread(
                    target=_run,
                    args=(ref(self), self._wake, pause),
                    name="statusek-outbox",
                    daemon=True,
                )
                try:
                    self._thread.start()
                except RuntimeError:  # the interpreter ends, and starts no thread any more
                    self._thread = None

    def answered(self) -> None:
        """Cut the pause."""
        if self._thread is not None:
            self._failures = 0
            self._wake.set()

    def close(self) -> None:
        """Deliver for as long as the outbox allows, and say what is left."""
        if self._is_closed:
            return
        self._is_closed = True
        deadline = self._terms.clock() + self._outbox.drain
        self._wake.set()
        thread, client = self._thread, self._client()
        if thread is not None:
            thread.join(self._outbox.drain)
        if client is not None:
            client.perform(self.last_step(deadline))

    def at_exit(self) -> None:
        """Close, in the process that it belongs to."""
        if self._process == os.getpid():
            self.close()

    def begin_anew(self) -> None:
        """Forget the thread, which a forked process does not have."""
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread = None

    def work(self) -> float | None:
        """Take one step; return seconds until the next, None where the thread is to end."""
        client = self._client()
        pause = None if client is None else client.perform(self.step())
        with self._lock:
            has_news, self._has_news = self._has_news, False
            if pause is None and has_news and not self._is_closed:
                return 0.0
            if pause is None:
                self._thread = None
            return pause


def _run(keeper: ref[ThreadKeeper], wake: threading.Event, pause: float | None) -> None:
    while pause is not None:
        wake.wait(pause)  # nothing here keeps the client alive meanwhile
        wake.clear()
        living = keeper()
        pause = None if living is None else living.work()
        del living


class TaskKeeper(Keeper):
    """Delivers in a task of the client's event loop; without asyncio there is no background."""

    def __init__(self, outbox: Outbox, client: AsyncStatusekClient) -> None:
        super().__init__(outbox, client.server, client.terms)
        self._client = client
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._has_news = False
        _living.add(self)

    def added(self, pause: float) -> None:
        """Begin to deliver, where that is not done already."""
        self._has_news = True
        is_idle = self._task is None or self._task.done()
        if is_idle and self._outbox.background and not self._is_closed:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                return
            self._task = loop.create_task(self._run(pause), name="statusek-outbox")

    def answered(self) -> None:
        """Cut the pause."""
        self._failures = 0
        self._wake.set()

    async def aclose(self) -> None:
        """Deliver for as long as the outbox allows, and say what is left."""
        if self._is_closed:
            return
        self._is_closed = True
        deadline = self._terms.clock() + self._outbox.drain
        self._wake.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=self._outbox.drain)
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._client.perform(self.last_step(deadline))

    def at_exit(self) -> None:
        """Say what is left; there is no event loop any more."""
        if self._process != os.getpid() or self._is_closed:
            return
        self._is_closed = True
        self.say_what_is_left()

    def begin_anew(self) -> None:
        """Do nothing: an event loop does not survive a fork either."""

    async def _run(self, pause: float | None) -> None:
        while pause is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause)
            self._wake.clear()
            self._has_news = False
            pause = await self._client.perform(self.step())
            if pause is None and self._has_news and not self._is_closed:
                pause = 0.0


_living: WeakSet[ThreadKeeper | TaskKeeper] = WeakSet()


@atexit.register
def _at_exit() -> None:
    for keeper in list(_living):
        try:
            keeper.at_exit()
        except Exception:
            logger.exception("what is left in an outbox cannot be known")


def _after_fork_in_child() -> None:
    for keeper in list(_living):
        keeper.begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
