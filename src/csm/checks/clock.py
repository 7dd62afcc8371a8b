"""The clock of checks: what time it is, and what is to happen at another time.

Only time lives here, and the one thread that waits for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from csm.checks.daemon import DaemonLoop


class Clock(Protocol):
    """Tells the time and keeps appointments; tests pass one that they move."""

    def now(self) -> datetime:
        """Return the present moment, aware."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        ...

    def call_at(self, when: float, callback: Callable[[], object]) -> Callable[[], object]:
        """Have something called once, at a time of `monotonic`; on any thread.

        Args:
            when: The time.
            callback: What to call; it returns soon and raises nothing.

        Returns:
            A function that cancels it; calling that too late does nothing.
        """
        ...


class SystemClock:
    """The machine's own clock; a daemon thread keeps the appointments."""

    def __init__(self) -> None:
        self._daemon = DaemonLoop("csm-checks-clock")

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the seconds of `time.monotonic`."""
        return time.monotonic()

    def call_at(self, when: float, callback: Callable[[], object]) -> Callable[[], object]:
        """Have something called at a time; see `Clock`."""
        return self._daemon.call_later(when - time.monotonic(), callback)


SYSTEM_CLOCK = SystemClock()
"""The clock of every reporter that is given no other."""
