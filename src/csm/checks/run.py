"""Runs: the checks that were asked at one time, and all who wait for their report.

Only who is waited for lives here; a reporter starts the checks and writes the report.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final, NamedTuple, TypeAlias

import attrs

from csm.checks.route import Route
from csm.checks.state import CheckState
from csm.message import StatusMessage

Loop: TypeAlias = asyncio.AbstractEventLoop | None
"""Where coroutine functions run; None for a loop of the reporter's own."""


class Selection(NamedTuple):
    """Which checks are asked, and for whom.

    Attributes:
        tags: Checks that have one of these; None for all.
        route: The applications that the question came through; None where checks that ask other
            applications are left out.
    """

    tags: frozenset[str] | None
    route: Route | None


ALL: Final = Selection(None, ())
"""All checks, for somebody who is no application."""


def _shared_future() -> Future[StatusMessage]:
    future: Future[StatusMessage] = Future()
    # From now on nobody who waits can cancel it for the others.
    future.set_running_or_notify_cancel()
    return future


@attrs.define(eq=False)
class Run:
    """One report in the making.

    Attributes:
        selection: Whom it asks.
        states: The checks that it is about.
        number: Which run of its reporter it is.
        hold: Seconds for which its report holds for all askers, because it is renewed in time.
        future: The report, for all who wait.
        awaited: Whose answers are still waited for.
        owing: Since when those owe an answer that have not given it, waited for or not.
        stop_timer: Cancels the deadline.
    """

    selection: Selection
    states: Sequence[CheckState]
    number: int
    hold: float = 0.0
    future: Future[StatusMessage] = attrs.field(factory=_shared_future)
    awaited: set[CheckState] = attrs.field(factory=set[CheckState])
    owing: dict[CheckState, float] = attrs.field(factory=dict[CheckState, float])
    stop_timer: Callable[[], object] = attrs.field(default=lambda: None)
