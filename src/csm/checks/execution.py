"""Executions: one call of one check, in a daemon thread or as a task of an event loop.

Only starting, ending and giving up a call live here; what its answer means is in `outcome`.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, TypeAlias, cast

import attrs

from csm.checks.check import Check
from csm.checks.route import ASKING, Asking


@attrs.frozen(eq=False)
class Answer:
    """What a check returned, or what it raised."""

    value: object = None
    error: BaseException | None = None


Done: TypeAlias = "Callable[[Execution, Answer | None], None]"


class Execution:
    """One call of a check.

    Args:
        check: What is called.
        started: When, in seconds of the clock.
        asking: What it may know about who asks.
        done: Called once at the end, on any thread, with the answer; None where it was given up.
    """

    def __init__(self, check: Check, started: float, asking: Asking, done: Done) -> None:
        self.check = check
        self.started = started
        self._asking = asking
        self.due: float = started + check.timeout
        self.is_late: bool = False
        self.stop_timer: Callable[[], object] = _nothing
        self._done = done
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Answer]

    @property
    def is_abandoned(self) -> bool:
        """Whether it can never end, since nobody runs its event loop any more."""
        loop = self._loop
        if loop is None:
            return False
        return loop.is_closed() or (self.is_late and not loop.is_running())

    def start_thread(self) -> None:
        """Call a plain function in a daemon thread of its own: it may block as long as it likes.

        Raises:
            RuntimeError: The system has no thread left.
        """
        name = f"csm-check-{self.check.name}"
        threading.Thread(target=self._call, name=name, daemon=True).start()

    def start_task(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run a coroutine function on a loop, as a task that belongs to none of those who ask.

        Args:
            loop: The loop; it may run in any thread.

        Raises:
            RuntimeError: The loop is closed.
        """
        loop.call_soon_threadsafe(self._create_task, loop, context=Context())
        self._loop = loop

    def fail(self, error: Exception) -> None:
        """End with an error, because it could not be started."""
        self._done(self, Answer(error=error))

    def give_up(self) -> None:
        """Note that it is late, and cancel it where that is possible; a thread goes on."""
        self.is_late = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nothing runs any more
                self._loop.call_soon_threadsafe(self._cancel_task)

    def _create_task(self, loop: asyncio.AbstractEventLoop) -> None:
        self._task = loop.create_task(self._await(), name=f"csm-check-{self.check.name}")
        # A callback, since a task that is cancelled before its first step never gets to say so.
        self._task.add_done_callback(self._end)

    def _cancel_task(self) -> None:
        self._task.cancel()  # a loop calls in order: it has created it

    def _call(self) -> None:
        ASKING.set(self._asking)
        try:
            answer = Answer(not_awaitable(self.check.function()))
        except BaseException as error:  # noqa: BLE001  # whatever it is, it is the check's
            answer = Answer(error=error)
        self._done(self, answer)

    async def _await(self) -> Answer:
        ASKING.set(self._asking)
        try:
            return Answer(await cast("Coroutine[Any, Any, object]", self.check.function()))
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001  # whatever it is, it is the check's
            return Answer(error=error)

    def _end(self, task: asyncio.Task[Answer]) -> None:
        self._done(self, None if task.cancelled() else task.result())


def _nothing() -> None:
    """Do nothing."""


def not_awaitable(value: object) -> object:
    """Return what a plain function has returned.

    Raises:
        TypeError: It is something to await, for which there is no loop.
    """
    if not inspect.isawaitable(value):
        return value
    if inspect.iscoroutine(value):
        value.close()
    raise TypeError(
        "a plain function returned something to await: make the function itself an `async def`"
    )
