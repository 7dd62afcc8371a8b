"""Publishing: a report sent on when it changes, never more often than asked.

Only the pacing and the way to a Statusek server live here; what a change is, the reporter knows.

>>> from csm import GeneralComponent, StatusMessage
>>> from csm.checks import StatusReporter
>>> reporter = StatusReporter(GeneralComponent(component_name="shop"))
>>> publisher = Publisher(reporter, print, min_interval=60.0)
>>> publisher.close()
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, Protocol, TypeAlias, cast

from csm.checks.check import makes_coroutine, seconds
from csm.checks.clock import SYSTEM_CLOCK, Clock
from csm.checks.daemon import DaemonLoop, tell_after_fork
from csm.checks.execution import not_awaitable
from csm.checks.outcome import log_exception, safe
from csm.checks.redaction import Redact, redact_secrets
from csm.checks.reporter import StatusReporter
from csm.diff import Difference, diff
from csm.message import StatusMessage
from csm.tree import rolled_up

__all__ = ["Publisher", "Target", "statusek_target"]

Target: TypeAlias = Callable[[StatusMessage], object]
"""Takes a message somewhere; a function, or a coroutine function."""

View: TypeAlias = Callable[[StatusMessage], StatusMessage]


class Publisher:
    """Sends on what a reporter says, whenever that has changed.

    The first report is sent, and then each that says something else than what was sent last; times
    alone are no change. Between two tries lies the interval: of what changes meanwhile, only the
    newest is sent. What could not be sent is tried again after the interval, unless there is
    something newer. One message at a time is under way.

    Reports come from whoever asks the reporter; `reporter.start_refreshing` makes them regular.

    Args:
        reporter: Whose reports; only those of all checks count.
        target: Takes a message, and raises where it could not. A plain function is called in a
            daemon thread of the publisher's own, and should have an end of its own (a timeout). A
            coroutine function runs on the event loop on which the publisher was made, or else on
            one of the publisher's own.
        min_interval: Seconds from one try to the next, at least.
        view: What is sent of a report; default: its roll-up, in which no message is better than
            those below it.
        redact: Masks the secrets of what is logged when the target raises.
        clock: Tells the time.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: The interval is negative, infinite or not a number.
    """

    def __init__(
        self,
        reporter: StatusReporter,
        target: Target,
        *,
        min_interval: float = 60.0,
        view: View = rolled_up,
        redact: Redact = redact_secrets,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        if not callable(target):
            raise TypeError(f"a target is a function, not {type(target).__name__}")
        self._target = target
        self._min_interval = seconds("min_interval", min_interval)
        self._view = view
        self._redact = safe(redact)
        self._clock = clock
        self._daemon = DaemonLoop("csm-publish")
        self._loop = _present_loop()
        self._not_before = clock.monotonic()
        self._pending: StatusMessage | None = None
        self._sent: StatusMessage | None = None
        self._is_closed = False
        self.forget_threads()
        tell_after_fork(self)
        reporter.on_change(self._hear)

    def forget_threads(self) -> None:
        """Begin anew in a process that was forked off: the sending is left to the parent."""
        self._lock = threading.Lock()
        self._is_under_way = False
        self._disarm: Callable[[], object] | None = None

    @property
    def sent(self) -> StatusMessage | None:
        """What was sent last, if anything."""
        return self._sent

    def close(self) -> StatusMessage | None:
        """Send nothing any more, but for what is under way.

        Returns:
            What is left: the newest message that is not sent, because its time had not come.
        """
        with self._lock:
            self._is_closed = True
            if self._disarm is not None:
                self._disarm()
            return self._pending

    def _hear(self, message: StatusMessage, _: Difference | None) -> None:
        viewed = self._view(message)
        with self._lock:
            self._pending = viewed
            self._arm()

    def _arm(self) -> None:
        """See to it that what is pending is sent in its time."""
        is_waiting = self._is_under_way or self._disarm is not None
        if not (is_waiting or self._pending is None or self._is_closed):
            when = max(self._not_before, self._clock.monotonic())
            self._disarm = self._clock.call_at(when, self._begin)

    def _begin(self) -> None:
        with self._lock:
            self._disarm = None
            message, self._pending = self._pending, None
            if message is None or self._is_closed or not self._is_news(message):
                return
            self._is_under_way = True
            self._not_before = self._clock.monotonic() + self._min_interval
        self._daemon.call(partial(self._send, message))

    def _is_news(self, message: StatusMessage) -> bool:
        return self._sent is None or bool(diff(self._sent, message))

    def _send(self, message: StatusMessage) -> None:
        try:
            if makes_coroutine(self._target):
                self._start(message)
                return
            not_awaitable(self._target(message))
        except BaseException as error:  # noqa: BLE001  # whatever it is, it is the target's
            self._end(message, error)
        else:
            self._end(message, None)

    def _start(self, message: StatusMessage) -> None:
        async def call() -> None:
            await cast("Awaitable[object]", self._target(message))

        calling = call()
        loop = self._daemon.loop if self._loop is None else self._loop
        try:
            done = asyncio.run_coroutine_threadsafe(calling, loop)
        except RuntimeError:  # the loop is closed
            calling.close()
            raise
        done.add_done_callback(partial(self._end_awaited, message))

    def _end_awaited(self, message: StatusMessage, done: Future[None]) -> None:
        error = asyncio.CancelledError() if done.cancelled() else done.exception()
        self._end(message, error)

    def _end(self, message: StatusMessage, error: BaseException | None) -> None:
        if error is not None:
            log_exception("the target of a publisher", error, self._redact)
        with self._lock:
            self._is_under_way = False
            if error is None:
                self._sent = message
            elif self._pending is None:
                self._pending = message
            self._arm()


class _Client(Protocol):
    """What is needed of `statusek_client.StatusekClient`, or of its asynchronous sister."""

    def create(self, object_name: str, *, instance_timeout: int) -> Any:  # noqa: ANN401
        """Create an instance and return its handle, which can `set`."""
        ...


def statusek_target(
    client: _Client,
    object_name: str = "1-POINT TASK",
    *,
    status_name: str = "FINISHED",
    instance_timeout: int = 60,
) -> Target:
    """Return a target that posts to a Statusek server.

    A status of an instance can be set once. So each message gets an instance of its own, which it
    finishes, and which the server lists by its object. Where a try fails between the two calls, the
    instance that it leaves times out.

    Args:
        client: A `StatusekClient` or `AsyncStatusekClient`.
        object_name: The status model; best one with a single status.
        status_name: The status that gets the message.
        instance_timeout: Seconds that an instance lives until it has its status.
    """

    def post(message: StatusMessage) -> None:
        client.create(object_name, instance_timeout=instance_timeout).set(status_name, message)

    async def post_async(message: StatusMessage) -> None:
        instance = await client.create(object_name, instance_timeout=instance_timeout)
        await instance.set(status_name, message)

    return post_async if makes_coroutine(client.create) else post


def _present_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
