"""The condition of a server process: what it knows about itself, and how that reads as a message.

Here live the facts and the Commons Status Message that is made of them. How they are asked for over
HTTP lives in ``probes``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from attrs import define, field

from csm import GeneralComponent, Note, Status, StatusMessage

SWEEP_PATIENCE: Final = 60.0
"""Seconds without a sweep after which something is wrong with it."""


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

    def alive(self, at: datetime) -> StatusMessage:
        """Return what a process says that only has to be alive.

        Args:
            at: The present moment.
        """
        return _message("statusek", Status.OK, at)

    def ready(self, at: datetime, trouble: str | None) -> StatusMessage:
        """Return what a process says that is to take requests; ERROR where it should get none.

        Args:
            at: The present moment.
            trouble: What is wrong with the database, or None.
        """
        silence = self.clock() - self.last_sweep
        late = f"instances that are due were not finished for {silence:.0f} seconds"
        database = _message("database", Status.ERROR if trouble else Status.OK, at, trouble)
        sweeper = _message("sweeper", Status.OK, at)
        if silence > SWEEP_PATIENCE:
            sweeper = _message("sweeper", Status.WARN, at, late)
        stopping = "the server is stopping" if self.is_stopping else None
        own = Status.ERROR if self.is_stopping else Status.OK
        server = _message("statusek", own, at, stopping)
        below = (database, sweeper)
        return server.replace(status=max(own, *(part.status for part in below)), sub_statuses=below)


def _message(name: str, status: Status, at: datetime, title: str | None = None) -> StatusMessage:
    return StatusMessage(
        component=GeneralComponent(component_name=name),
        status=status,
        timestamp=at,
        notes=(Note(title=title),) if title else (),
    )
