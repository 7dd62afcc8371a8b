"""A clock for checks that only moves when it is told to, and askers that wait in threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from csm import StatusMessage
from csm.checks import StatusReporter

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PATIENCE = 30.0
"""Seconds after which a test gives up on what should come at once."""


class SteppedClock:
    """Tells the time that a test has made, and keeps appointments when the test steps over them."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._timers: dict[object, tuple[float, Callable[[], object]]] = {}
        self._changed = threading.Condition()

    def now(self) -> datetime:
        """Return the present moment."""
        return NOON + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        """Return the seconds that the clock was moved."""
        return self._seconds

    def call_at(self, when: float, callback: Callable[[], object]) -> Callable[[], object]:
        """Keep an appointment."""
        key = object()
        with self._changed:
            self._timers[key] = (when, callback)
            self._changed.notify_all()

        def cancel() -> None:
            with self._changed:
                self._timers.pop(key, None)
                self._changed.notify_all()

        return cancel

    def wait_for_timers(self, number: int) -> None:
        """Wait until so many appointments stand."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._timers) == number, PATIENCE), (
                f"{len(self._timers)} appointments, expected {number}"
            )

    def move(self, seconds: float) -> None:
        """Move the clock, stopping at each appointment on the way."""
        end = self._seconds + seconds
        while True:
            with self._changed:
                due = [(when, key) for key, (when, _) in self._timers.items() if when <= end]
                if not due:
                    break
                when, key = min(due, key=lambda each: each[0])
                self._seconds = max(self._seconds, when)
                _, callback = self._timers.pop(key)
            callback()
        self._seconds = end


class Gate:
    """A check that blocks until a test opens it, and counts how often it was called."""

    def __init__(self, answer: object = None) -> None:
        self.answer = answer
        self.calls = 0
        self.is_called = threading.Semaphore(0)
        self._open = threading.Semaphore(0)

    def __call__(self) -> object:
        """Block, and return the answer."""
        self.calls += 1
        self.is_called.release()
        assert self._open.acquire(timeout=PATIENCE)
        return self.answer

    def open(self, calls: int = 1) -> None:
        """Let so many calls go on."""
        self._open.release(calls)

    def wait_for_call(self) -> None:
        """Wait until it was called once more."""
        assert self.is_called.acquire(timeout=PATIENCE)


@contextmanager
def asking(reporter: StatusReporter, *, askers: int = 1) -> Iterator[list[Future[StatusMessage]]]:
    """Ask for a report in threads of their own."""
    with ThreadPoolExecutor(askers) as pool:
        yield [pool.submit(reporter.report) for _ in range(askers)]


def join_checks(name: str = "") -> None:
    """Wait until the threads of checks are over: they write to the log when all are answered."""
    for thread in threading.enumerate():
        if thread.name.startswith(f"csm-check-{name}"):
            while thread.ident is None:  # it is being started
                time.sleep(0.001)
            thread.join(PATIENCE)


def told(message: StatusMessage) -> list[tuple[str, str, list[tuple[str, str | None]]]]:
    """Return what a report says of each check: name, status, notes."""
    return [
        (
            str(below.component.component_name),
            below.status.name,
            [(note.title, note.detail) for note in below.notes],
        )
        for below in message.sub_statuses
    ]
