"""Runs: shared by all askers, over in time, whatever the checks do."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from csm import GeneralComponent, Note, Status
from csm.checks import StatusReporter
from strategies.checks_kit import PATIENCE, Gate, SteppedClock, asking, join_checks, told

pytestmark = pytest.mark.anyio

SHOP = GeneralComponent(component_name="shop")


@pytest.fixture
def clock() -> SteppedClock:
    """A clock that this test moves."""
    return SteppedClock()


@pytest.fixture
def gate() -> Iterator[Gate]:
    """A check that blocks; at the end of the test all its calls go on."""
    gate = Gate()
    yield gate
    gate.open(1_000)


def test_all_who_ask_during_a_run_get_its_report(clock: SteppedClock, gate: Gate) -> None:
    """A hundred askers make one call of each check, and get the same object."""
    reporter = StatusReporter(SHOP, clock=clock)
    reporter.add_check("cellar", gate)
    with asking(reporter, askers=100) as reports:
        gate.wait_for_call()
        while not all(report.running() for report in reports):
            threading.Event().wait(0.001)
        gate.open(100)
    assert gate.calls <= 2  # who came when the first run was over began the second
    assert len({id(report.result()) for report in reports}) <= gate.calls


def test_checks_run_at_the_same_time() -> None:
    """Each check waits for the other, which only ends because both run."""
    reporter = StatusReporter(SHOP)
    barrier = threading.Barrier(2)
    reporter.add_check("cellar", lambda: barrier.wait(PATIENCE) >= 0)
    reporter.add_check("attic", lambda: barrier.wait(PATIENCE) >= 0)
    assert Status.OK == reporter.report().status


def test_a_check_that_blocks_does_not_hold_the_report_up(clock: SteppedClock, gate: Gate) -> None:
    """At the deadline the report says of it that it is unknown; the others are as they said."""
    reporter = StatusReporter(SHOP, deadline=5.0, clock=clock)
    reporter.add_check("attic", lambda: True)
    reporter.add_check("cellar", gate)
    with asking(reporter) as (report,):
        gate.wait_for_call()
        join_checks("attic")
        clock.wait_for_timers(2)  # the timeout of the cellar, the deadline of the run
        clock.move(5.0)
    never = ("No answer for 5 s", "It is unknown how it is: it has never answered.")
    assert [
        ("attic", "OK", []),
        ("cellar", "ERROR", [("Unknown", "It did not answer in time."), never]),
    ] == told(report.result())
    assert Status.ERROR == report.result().status


def test_a_check_that_still_runs_is_not_called_again(clock: SteppedClock, gate: Gate) -> None:
    """The next report does not wait for it a second time; its late answer counts when it comes."""
    reporter = StatusReporter(SHOP, deadline=5.0, clock=clock)
    reporter.add_check("cellar", gate)
    with asking(reporter) as (report,):
        gate.wait_for_call()
        clock.wait_for_timers(2)
        clock.move(5.0)
    assert Status.ERROR == report.result().status
    clock.move(10.0)
    late = reporter.report()
    assert "No answer for 15 s" == late.sub_statuses[0].notes[1].title
    assert 1 == gate.calls
    gate.open()
    join_checks()
    gate.open()
    assert [("cellar", "OK", [])] == told(reporter.report())
    assert 2 == gate.calls


def test_a_late_check_is_shown_by_its_last_answer_and_its_age(
    clock: SteppedClock, gate: Gate
) -> None:
    """What it said last stands in for it, at WARN at least, until that is too old."""
    reporter = StatusReporter(SHOP, deadline=5.0, max_age=60.0, clock=clock)
    gate.answer = Note(title="17 barrels")
    reporter.add_check("cellar", gate)
    gate.open()
    assert [("cellar", "OK", [("17 barrels", None)])] == told(reporter.report())
    with asking(reporter) as (report,):
        gate.wait_for_call()
        gate.wait_for_call()
        clock.wait_for_timers(2)
        clock.move(5.0)
    late = ("No answer for 5 s", "This is its last answer, 5 s old.")
    assert [("cellar", "WARN", [("17 barrels", None), late])] == told(report.result())
    clock.move(56.0)
    unknown = ("Unknown", "It did not answer in time.")
    late = ("No answer for 61 s", "It is unknown how it is: its last answer is 61 s old.")
    assert [("cellar", "ERROR", [unknown, late])] == told(reporter.report())


def test_a_check_has_a_timeout_of_its_own(clock: SteppedClock, gate: Gate) -> None:
    """The report does not wait for the deadline where the only late check has less time."""
    reporter = StatusReporter(SHOP, deadline=5.0, clock=clock)
    reporter.add_check("cellar", gate, timeout=2.0, critical=False)
    with asking(reporter) as (report,):
        gate.wait_for_call()
        clock.wait_for_timers(2)
        clock.move(2.0)
    assert ("No answer for 2 s", Status.WARN) == (
        report.result().sub_statuses[0].notes[1].title,
        report.result().status,
    )


def test_an_answer_holds_for_its_cache_time(clock: SteppedClock) -> None:
    """The check is asked again when the time is over, and the report is the same object until."""
    reporter = StatusReporter(SHOP, cache=10.0, clock=clock)
    answers = [Status.OK, Status.WARN]
    reporter.add_check("cellar", lambda: answers.pop(0))
    first = reporter.report()
    clock.move(9.0)
    assert first is reporter.report()
    clock.move(1.0)
    assert Status.WARN == reporter.report().status


def test_a_cached_check_is_not_asked_because_of_another(clock: SteppedClock) -> None:
    """Each check has its own cache time; a run asks those whose time is over."""
    reporter = StatusReporter(SHOP, clock=clock)
    calls: list[str] = []
    reporter.add_check("cellar", lambda: calls.append("cellar"), cache=10.0)
    reporter.add_check("attic", lambda: calls.append("attic"))
    reporter.report()
    reporter.report()
    assert ["attic", "attic", "cellar"] == sorted(calls)


def test_a_check_that_is_added_during_a_run_is_in_the_next_report(
    clock: SteppedClock, gate: Gate
) -> None:
    """Nobody who asks after it was added gets a report without it."""
    reporter = StatusReporter(SHOP, cache=60.0, clock=clock)
    reporter.add_check("cellar", gate)
    with asking(reporter) as (report,):
        gate.wait_for_call()
        reporter.add_check("attic", lambda: True)
        with asking(reporter) as (second,):
            gate.open()
    assert 1 == len(report.result().sub_statuses)
    assert 2 == len(second.result().sub_statuses)
    assert 2 == len(reporter.report().sub_statuses)


def test_a_group_is_asked_by_its_tags() -> None:
    """Only the checks that have one of the tags are asked; tags of nobody ask nobody."""
    reporter = StatusReporter(SHOP)
    calls: list[str] = []
    reporter.add_check("cellar", lambda: calls.append("cellar"), tags=("readiness", "startup"))
    reporter.add_check("attic", lambda: calls.append("attic"), tags={"liveness"})
    reporter.add_check("roof", lambda: calls.append("roof"))
    assert 1 == len(reporter.report(tags={"readiness"}).sub_statuses)
    assert 2 == len(reporter.report(tags=["startup", "liveness", "nobody"]).sub_statuses)
    assert ["attic", "cellar", "cellar"] == sorted(calls)
    nobody = reporter.report(tags=["nobody"])
    assert (Status.OK, ()) == (nobody.status, nobody.sub_statuses)
    with pytest.raises(TypeError, match="tags= is a tuple or set of texts, not str"):
        reporter.report(tags="readiness")


@pytest.mark.parametrize("refused", ["csm-check-cellar", "csm-checks-starter", "csm-checks"])
def test_a_system_without_threads_is_told_of(monkeypatch: pytest.MonkeyPatch, refused: str) -> None:
    """A check whose thread cannot start is an ERROR, not a report that never comes."""
    reporter, start = StatusReporter(SHOP), threading.Thread.start

    async def later() -> bool:
        return True

    reporter.add_check("cellar", later if refused == "csm-checks" else lambda: True)

    def refuse(thread: threading.Thread) -> None:
        if thread.name == refused:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    expected = [("cellar", "ERROR", [("RuntimeError", "can't start new thread")])]
    assert expected == told(reporter.report())


async def test_coroutines_run_on_the_loop_of_who_asks() -> None:
    """What belongs to the application's event loop is used on that loop."""
    reporter = StatusReporter(SHOP)
    loops: list[object] = []

    @reporter.check("cellar")
    async def cellar() -> None:
        loops.append(asyncio.get_running_loop())

    await reporter.report_async()
    assert [asyncio.get_running_loop()] == loops
    with ThreadPoolExecutor(1) as pool:  # a plain thread has no loop: one is brought
        await asyncio.wrap_future(pool.submit(reporter.report))
    assert asyncio.get_running_loop() is not loops[1]


async def test_who_is_cancelled_leaves_the_others_their_run() -> None:
    """One asker goes away; the other gets the report of the run that both shared."""
    reporter = StatusReporter(SHOP)
    begun, go = asyncio.Event(), asyncio.Event()
    calls: list[None] = []

    @reporter.check("cellar")
    async def cellar() -> None:
        calls.append(None)
        begun.set()
        await go.wait()

    first, second = (asyncio.create_task(reporter.report_async()) for _ in range(2))
    await begun.wait()
    first.cancel()
    await asyncio.sleep(0)
    go.set()
    assert Status.OK == (await second).status
    assert first.cancelled()
    assert 1 == len(calls)


async def test_a_late_coroutine_is_cancelled(clock: SteppedClock) -> None:
    """Unlike a thread it can be stopped: at its timeout it is, and it may be asked again."""
    reporter = StatusReporter(SHOP, deadline=5.0, clock=clock)
    begun, cancelled = asyncio.Event(), asyncio.Event()

    @reporter.check("cellar")
    async def cellar() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    report = asyncio.create_task(reporter.report_async())
    await begun.wait()
    clock.move(5.0)
    assert "No answer for 5 s" == (await report).sub_statuses[0].notes[1].title
    await asyncio.wait_for(cancelled.wait(), PATIENCE)


async def test_a_coroutine_may_raise_anything() -> None:
    """An exception is an ERROR; a cancellation from within is no answer at all."""
    reporter = StatusReporter(SHOP)

    @reporter.check("cellar")
    async def cellar() -> None:
        raise OSError("no light")

    @reporter.check("attic")
    async def attic() -> None:
        raise asyncio.CancelledError

    report = await reporter.report_async()
    assert ("cellar", "ERROR", [("OSError", "no light")]) == told(report)[0]
    assert ("attic", "ERROR") == told(report)[1][:2]


def test_a_plain_function_that_returns_a_coroutine_is_told_what_to_do() -> None:
    """It has no loop to run on; the coroutine is closed, so that nothing warns of it."""
    reporter = StatusReporter(SHOP)

    async def answer() -> bool:
        return True

    def answer_later() -> object:
        return answer()

    loop = asyncio.new_event_loop()
    loop.close()
    reporter.add_check("cellar", answer_later)
    reporter.add_check("attic", lambda: asyncio.Future(loop=loop))
    hint = "a plain function returned something to await: make the function itself an `async def`"
    assert [("TypeError", hint)] == told(reporter.report())[0][2]
    assert [("TypeError", hint)] == told(reporter.report())[1][2]


def test_a_loop_that_is_gone_takes_no_check_along(clock: SteppedClock) -> None:
    """A coroutine that was left on a closed loop is started again for who asks next."""
    reporter = StatusReporter(SHOP, deadline=5.0, clock=clock)
    answers: list[bool] = []

    @reporter.check("cellar")
    async def cellar() -> bool:
        if not answers:
            answers.append(True)
            await asyncio.Event().wait()
        return True

    loop = asyncio.new_event_loop()
    try:
        asking_task = loop.create_task(reporter.report_async())
        while not answers:
            loop.run_until_complete(asyncio.sleep(0))
        asking_task.cancel()
        loop.run_until_complete(asyncio.gather(asking_task, return_exceptions=True))
        clock.move(5.0)  # the loop stands still: the check is late and cannot be cancelled
        assert [("cellar", "OK", [])] == told(reporter.report())
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
    finally:
        loop.close()


class DeafClock(SteppedClock):
    """Keeps appointments that were cancelled, as a clock does that is just about to keep them."""

    def call_at(self, when: float, callback: Callable[[], object]) -> Callable[[], object]:
        """Keep an appointment, come what may."""
        super().call_at(when, callback)
        return lambda: None


def test_a_timer_that_comes_too_late_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Who has answered in time is not late, whenever the clock was told."""
    clock = DeafClock()
    reporter = StatusReporter(SHOP, deadline=5.0, cache=60.0, clock=clock)
    reporter.add_check("cellar", lambda: True)
    report = reporter.report()
    clock.wait_for_timers(2)
    clock.move(5.0)
    clock.wait_for_timers(0)
    assert (report, "") == (reporter.report(), caplog.text)


async def test_a_check_that_stays_away_is_logged_once(
    clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says when it began, and not every time that somebody asks."""
    reporter = StatusReporter(SHOP, deadline=5.0, clock=clock)
    begun: asyncio.Queue[None] = asyncio.Queue()

    @reporter.check("cellar")
    async def cellar() -> None:
        begun.put_nowait(None)
        await asyncio.Event().wait()

    for _ in range(2):
        report = asyncio.create_task(reporter.report_async())
        await begun.get()
        clock.move(5.0)
        assert Status.ERROR == (await report).status
    assert ["check cellar: no answer for 5 s"] == caplog.messages


def test_a_report_that_cannot_be_written_is_raised_by_all_who_ask() -> None:
    """What ends the program ends it, instead of leaving somebody waiting."""

    def interrupt(_: object) -> Status:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        StatusReporter(SHOP, roll_up=interrupt).report()
