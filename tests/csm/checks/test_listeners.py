"""Who is told when a report changes, and reports that renew themselves."""

from __future__ import annotations

import asyncio
import logging
import threading
from queue import SimpleQueue
from typing import cast

import pytest

from csm import Difference, GeneralComponent, Status, StatusMessage
from csm.checks import StatusReporter
from csm.checks.listeners import Listener
from strategies.checks_kit import PATIENCE, SteppedClock

pytestmark = pytest.mark.anyio

SHOP = GeneralComponent(component_name="shop")
Heard = SimpleQueue[tuple[Status, str | None]]


def _listening(reporter: StatusReporter) -> Heard:
    heard: Heard = SimpleQueue()

    @reporter.on_change
    def hear(message: StatusMessage, difference: Difference | None) -> None:
        heard.put((message.status, None if difference is None else str(difference)))

    return heard


def test_listeners_are_told_what_changed() -> None:
    """The first report comes without a difference, later ones only where there is one."""
    reporter = StatusReporter(SHOP)
    answers = [Status.OK, Status.OK, Status.ERROR, Status.ERROR, Status.OK]
    reporter.add_check("cellar", lambda: answers.pop(0))
    heard = _listening(reporter)
    for _ in range(5):
        reporter.report()
    assert (Status.OK, None) == heard.get(timeout=PATIENCE)
    status, difference = heard.get(timeout=PATIENCE)
    assert (Status.ERROR, True) == (status, "cellar" in str(difference))
    status, difference = heard.get(timeout=PATIENCE)
    assert (Status.OK, True) == (status, "cellar" in str(difference))
    assert heard.empty()


def test_a_report_of_a_group_is_no_change() -> None:
    """Only reports of all checks are compared."""
    reporter = StatusReporter(SHOP)
    reporter.add_check("cellar", lambda: False, tags=("liveness",))
    heard = _listening(reporter)
    reporter.report(tags=("liveness",))
    reporter.report()
    assert (Status.ERROR, None) == heard.get(timeout=PATIENCE)
    assert heard.empty()


def test_a_listener_that_fails_is_in_nobodys_way(caplog: pytest.LogCaptureFixture) -> None:
    """It is named in the log; the others hear all the same."""
    reporter = StatusReporter(SHOP)
    reporter.add_check("cellar", lambda: True)

    @reporter.on_change
    def fail(_message: StatusMessage, _difference: Difference | None) -> None:
        raise OSError("token=abc123456")

    heard = _listening(reporter)
    with caplog.at_level(logging.WARNING, "csm.checks"):
        reporter.report()
        heard.get(timeout=PATIENCE)
    (record,) = caplog.records
    assert "a listener raised OSError: token=***" in record.getMessage()


def test_a_listener_can_be_called() -> None:
    """Anything else is refused when it is added."""
    with pytest.raises(TypeError, match="a listener is a function, not str"):
        StatusReporter(SHOP).on_change(cast("Listener", "hear"))


def test_a_report_renews_itself() -> None:
    """Whoever asks gets the last report without a run, until the renewal stops."""
    clock = SteppedClock()
    reporter = StatusReporter(SHOP, deadline=5.0, clock=clock)
    calls: SimpleQueue[None] = SimpleQueue()
    reporter.add_check("cellar", lambda: calls.put(None))
    heard = _listening(reporter)
    reporter.start_refreshing(every=10.0)
    calls.get(timeout=PATIENCE)
    heard.get(timeout=PATIENCE)
    clock.wait_for_timers(1)
    first = reporter.report()
    assert first is reporter.report()
    clock.move(10.0)
    calls.get(timeout=PATIENCE)
    while first is reporter.report():  # the check has answered, the report is being written
        threading.Event().wait(0.001)
    assert calls.empty()
    clock.wait_for_timers(1)
    reporter.close()
    clock.move(15.0)  # ten seconds, and a deadline more
    reporter.report()
    calls.get(timeout=PATIENCE)


def test_the_interval_of_the_renewal_is_positive() -> None:
    """Zero would mean all the time."""
    with pytest.raises(ValueError, match="every= is 0: expected more than 0 seconds"):
        StatusReporter(SHOP).start_refreshing(every=0)


async def test_a_renewal_that_is_started_on_a_loop_runs_there() -> None:
    """Coroutine functions are run where the application's own are."""
    reporter = StatusReporter(SHOP)
    ran: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    @reporter.check("cellar")
    async def cellar() -> None:
        ran.set_result(asyncio.get_running_loop())

    reporter.start_refreshing(every=3_600.0)
    assert asyncio.get_running_loop() is await asyncio.wait_for(ran, PATIENCE)
    reporter.close()
