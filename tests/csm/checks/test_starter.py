"""The starter: checks are called, and nobody waits until they are."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from csm import GeneralComponent, Status
from csm.checks import StatusReporter
from csm.checks.daemon import DaemonLoop
from strategies.checks_kit import PATIENCE, SteppedClock

SHOP = GeneralComponent(component_name="shop")


def test_a_thread_that_starts_slowly_holds_up_no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine it takes long until a thread runs; the report is there in time."""
    clock, released = SteppedClock(), threading.Event()
    reporter = StatusReporter(SHOP, clock=clock, deadline=1.0)
    reporter.add_check("cellar", lambda: True, timeout=9.0)
    start = threading.Thread.start

    def start_slowly(thread: threading.Thread) -> None:
        if thread.name == "csm-check-cellar":
            released.wait(PATIENCE)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_slowly)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(reporter.report)
        clock.wait_for_timers(2)
        clock.move(1.0)
        report = asked.result(PATIENCE)
        released.set()
    assert (Status.ERROR, "No answer for 1 s") == (
        report.status,
        report.sub_statuses[0].notes[-1].title,
    )


def test_a_loop_whose_thread_does_not_start_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A moment without threads does not break what runs in a loop for ever."""
    loop, called = DaemonLoop("csm-test"), threading.Event()

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="can't start new thread"):
            loop.call(called.set)
    loop.call(called.set)
    assert called.wait(PATIENCE)


def test_what_is_held_is_given_without_asking() -> None:
    """A report that holds is there for whoever does not want to wait; none is asked for it."""
    calls: list[None] = []
    reporter = StatusReporter(SHOP, cache=60.0)
    reporter.add_check("cellar", lambda: calls.append(None), tags=("readiness",))
    assert reporter.held() is None
    assert [] == calls
    report = reporter.report(tags=["readiness"])
    assert reporter.held(tags=["readiness"]) is report
    assert reporter.held() is None
