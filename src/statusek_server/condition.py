"""The condition of a server process: what it knows about itself, and the checks that tell it.

Here live the facts and the reporter of the server. How it is asked over HTTP lives in ``probes``.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

from attrs import define, field

from csm import GeneralComponent, Note, Status, StatusMessage
from csm.checks import CheckResult, StatusReporter, SystemClock, worst_of_checks
from statusek_server.clock import Clock
from statusek_server.errors import StorageError

SWEEP_PATIENCE: Final = 60.0
"""Seconds without a sweep after which something is wrong with it."""

PATIENCE: Final = 2.0
"""Seconds in which a database that is well answers."""

READINESS: Final = ("readiness",)


@define
class Condition:
    """What a server process knows about itself.

    Args:
        clock: Returns seconds that only grow.
    """

    clock: Callable[[], float] = time.monotonic
    is_stopping: bool = field(default=False, init=False)
    last_sweep: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.swept()

    def swept(self) -> None:
        """Note that the sweeper has done its work."""
        self.last_sweep = self.clock()

    def stop(self) -> None:
        """Note that the server was told to stop."""
        self.is_stopping = True


class _WallClock(SystemClock):
    """The machine's clock, but for the time of the messages."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def now(self) -> datetime:
        """Return the present moment."""
        return self._clock()


def reporter_of(
    condition: Condition, ping: Callable[[], Awaitable[None]], clock: Clock
) -> StatusReporter:
    """Return what reports on a server; its tag ``readiness`` says whether it should get requests.

    Args:
        condition: What the process knows about itself.
        ping: Returns when the database has answered.
        clock: The clock of the messages.
    """

    def whole(results: Sequence[CheckResult]) -> Status:
        # By what the check said: the server may have been told to stop a moment later.
        stops = any(each.check.name == "requests" and each.message.notes for each in results)
        return Status.ERROR if stops else worst_of_checks(results)

    # No last answer stands in for a late one: a server whose database hangs should get no requests.
    reporter = StatusReporter(
        GeneralComponent(component_name="statusek"),
        deadline=PATIENCE,
        max_age=0.0,
        roll_up=whole,
        clock=_WallClock(clock),
    )

    @reporter.check("database", tags=READINESS)
    async def database() -> StatusMessage | None:
        try:
            await ping()
        except StorageError:  # its text may name hosts: the log has it
            return _told("database", Status.ERROR, "The database does not answer", clock())
        return None

    @reporter.check("requests", tags=READINESS)
    async def requests() -> StatusMessage | None:
        if condition.is_stopping:
            return _told("requests", Status.WARN, "The server is stopping", clock())
        return None

    @reporter.check("sweeper", critical=False, tags=READINESS)
    async def sweeper() -> list[Note]:
        silence = condition.clock() - condition.last_sweep
        if silence <= SWEEP_PATIENCE:
            return []
        title = f"Instances that are due were not finished for {silence:.0f} seconds"
        action = "Look into the log of the server, and at its database"
        return [Note(title=title, action_to_take=action, action_importance="HIGH")]

    return reporter


def _told(name: str, status: Status, title: str, at: datetime) -> StatusMessage:
    return StatusMessage(
        component=GeneralComponent(component_name=name),
        status=status,
        timestamp=at,
        notes=[Note(title=title)],
    )
