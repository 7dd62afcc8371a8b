"""Reports that are sent on: on change, paced, again after trouble, to a real Statusek server."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from pathlib import Path
from queue import SimpleQueue
from typing import cast

import httpx2
import pytest

from csm import GeneralComponent, Status, StatusMessage
from csm.checks import StatusReporter
from csm.publish import Publisher, Target, statusek_target
from statusek_client import AsyncStatusekClient, StatusekClient
from strategies.checks_kit import PATIENCE, Gate, SteppedClock
from strategies.server_kit import running

pytestmark = pytest.mark.anyio

SHOP = GeneralComponent(component_name="shop")


class _Shop:
    """A reporter of one check, whose answer the test sets; and what was published of it."""

    def __init__(self) -> None:
        self.clock = SteppedClock()
        self.answer = Status.OK
        self.reporter = StatusReporter(SHOP, clock=self.clock)
        self.reporter.add_check("cellar", lambda: self.answer)
        self.heard: SimpleQueue[None] = SimpleQueue()
        self.sent: SimpleQueue[Status] = SimpleQueue()

    def publish(self, target: Target | None = None) -> Publisher:
        """Publish every ten seconds at most, into the queue where there is no other target."""
        publisher = Publisher(
            self.reporter, target or self.put, min_interval=10.0, clock=self.clock
        )
        self.reporter.on_change(lambda *_: self.heard.put(None))  # after the publisher has heard
        return publisher

    def put(self, message: StatusMessage) -> None:
        """Be the target."""
        self.sent.put(message.status)

    def say(self, answer: Status) -> None:
        """Report a change, and wait until the publisher has heard of it."""
        self.answer = answer
        self.reporter.report()
        self.heard.get(timeout=PATIENCE)

    def next(self) -> Status:
        """Return what is sent next."""
        return self.sent.get(timeout=PATIENCE)


@pytest.fixture
def shop() -> _Shop:
    """A shop."""
    return _Shop()


def test_a_change_is_sent_at_once_and_the_next_after_the_interval(shop: _Shop) -> None:
    """Of what changes in between only the newest is sent."""
    shop.publish()
    shop.say(Status.OK)
    shop.clock.move(0)
    assert Status.OK == shop.next()
    shop.clock.wait_for_timers(0)
    shop.say(Status.WARN)
    shop.say(Status.ERROR)
    shop.clock.move(9.9)
    assert shop.sent.empty()
    shop.clock.move(0.1)
    assert Status.ERROR == shop.next()


def test_a_change_that_was_taken_back_is_not_sent(shop: _Shop) -> None:
    """What is as it was sent last is no news."""
    publisher = shop.publish()
    shop.say(Status.OK)
    shop.clock.move(0)
    shop.next()
    shop.say(Status.ERROR)
    shop.say(Status.OK)
    shop.clock.move(10.0)
    shop.clock.wait_for_timers(0)
    assert shop.sent.empty()
    assert publisher.close() is None


def test_a_late_change_is_sent_at_once(shop: _Shop) -> None:
    """The interval counts from the last try, not from the change."""
    shop.publish()
    shop.say(Status.OK)
    shop.clock.move(0)
    shop.next()
    shop.clock.move(60.0)
    shop.say(Status.ERROR)
    shop.clock.move(0)
    assert Status.ERROR == shop.next()


def test_what_changes_while_a_message_is_under_way_comes_after_it(shop: _Shop) -> None:
    """One at a time, and none is lost."""
    gate = Gate()

    def slow(message: StatusMessage) -> None:
        gate()
        shop.put(message)

    shop.publish(slow)
    shop.say(Status.OK)
    shop.clock.move(0)
    gate.wait_for_call()
    shop.say(Status.ERROR)
    shop.clock.move(60.0)
    assert 1 == gate.calls
    gate.open(2)
    assert Status.OK == shop.next()
    shop.clock.wait_for_timers(1)
    shop.clock.move(0)
    assert Status.ERROR == shop.next()


@pytest.mark.parametrize("is_async", [False, True])
def test_what_could_not_be_sent_is_tried_again_after_the_interval(
    shop: _Shop,
    caplog: pytest.LogCaptureFixture,
    is_async: bool,
) -> None:
    """The log says why, without secrets; nothing is sent twice."""
    tries: SimpleQueue[float] = SimpleQueue()

    def fail_once(message: StatusMessage) -> None:
        tries.put(shop.clock.monotonic())
        if shop.clock.monotonic() < 10:
            raise OSError("cannot reach http://shop:h0pSecret99@board/")
        shop.put(message)

    async def fail_once_async(message: StatusMessage) -> None:
        fail_once(message)

    publisher = shop.publish(fail_once_async if is_async else fail_once)
    with caplog.at_level(logging.WARNING, "csm.checks"):
        shop.say(Status.ERROR)
        shop.clock.move(0)
        assert 0.0 == tries.get(timeout=PATIENCE)
        shop.clock.wait_for_timers(1)
        assert publisher.sent is None
        shop.clock.move(9.0)
        assert tries.empty()
        shop.clock.move(1.0)
        assert (Status.ERROR, 10.0) == (shop.next(), tries.get(timeout=PATIENCE))
    record = caplog.records[-1]
    assert "the target of a publisher raised OSError: cannot reach http://***@board/" in (
        record.getMessage()
    )


def test_a_target_that_wants_to_end_the_program_ends_no_publishing(shop: _Shop) -> None:
    """Its thread goes on, and the message is sent by the next try."""
    tries = iter([SystemExit(3)])

    def leave_once(message: StatusMessage) -> None:
        for error in tries:
            raise error
        shop.put(message)

    shop.publish(leave_once)
    shop.say(Status.ERROR)
    shop.clock.move(0)
    shop.clock.wait_for_timers(1)
    shop.clock.move(10.0)
    assert Status.ERROR == shop.next()


def test_something_newer_takes_the_place_of_what_failed(shop: _Shop) -> None:
    """The old message is of no use any more."""
    gate = Gate()

    def fail(message: StatusMessage) -> None:
        if message.status is Status.WARN:
            gate()
            raise OSError
        shop.put(message)

    shop.publish(fail)
    shop.say(Status.WARN)
    shop.clock.move(0)
    gate.wait_for_call()
    shop.say(Status.ERROR)
    gate.open()
    shop.clock.wait_for_timers(1)
    shop.clock.move(10.0)
    assert Status.ERROR == shop.next()
    assert shop.sent.empty()


def test_close_says_what_is_left(shop: _Shop) -> None:
    """Nothing is sent after it, and the newest message that was not sent is returned."""
    publisher = shop.publish()
    shop.say(Status.OK)
    shop.clock.move(0)
    shop.next()
    shop.clock.wait_for_timers(0)
    shop.say(Status.ERROR)
    shop.clock.wait_for_timers(1)
    left = publisher.close()
    assert left is not None
    assert Status.ERROR == left.status
    shop.say(Status.CRITICAL)
    shop.clock.move(60.0)
    shop.clock.wait_for_timers(0)
    assert shop.sent.empty()


def test_what_is_sent_is_the_roll_up(shop: _Shop) -> None:
    """No node is better than those below; a view of one's own may send something else."""
    messages: SimpleQueue[StatusMessage] = SimpleQueue()
    shop.reporter.add_check("attic", lambda: Status.CRITICAL, critical=False)
    shop.publish(messages.put)
    Publisher(
        shop.reporter,
        messages.put,
        view=lambda message: StatusMessage(component=SHOP, status=message.status),
        clock=shop.clock,
    )
    shop.say(Status.OK)
    shop.clock.wait_for_timers(2)
    shop.clock.move(0)
    first = messages.get(timeout=PATIENCE)
    second = messages.get(timeout=PATIENCE)
    rolled, top = sorted((first, second), key=lambda message: -len(message.sub_statuses))
    assert (Status.CRITICAL, 2) == (rolled.status, len(rolled.sub_statuses))
    assert (Status.WARN, ()) == (top.status, top.sub_statuses)


async def test_a_coroutine_function_runs_on_the_loop_of_the_publisher() -> None:
    """It may use what belongs to the application's loop."""
    reporter = StatusReporter(SHOP)
    loops: asyncio.Queue[object] = asyncio.Queue()

    async def target(_: StatusMessage) -> None:
        loops.put_nowait(asyncio.get_running_loop())

    Publisher(reporter, target)
    await reporter.report_async()
    assert asyncio.get_running_loop() is await asyncio.wait_for(loops.get(), PATIENCE)


def test_a_loop_that_is_closed_is_trouble_like_any_other(caplog: pytest.LogCaptureFixture) -> None:
    """It is in the log, and the message is kept."""
    clock = SteppedClock()
    reporter = StatusReporter(SHOP, clock=clock)

    async def target(_: StatusMessage) -> None:
        """Never run."""

    async def make() -> Publisher:
        return Publisher(reporter, target, clock=clock)

    with caplog.at_level(logging.WARNING, "csm.checks"):
        publisher = asyncio.run(make())
        reporter.report()
        clock.wait_for_timers(1)
        clock.move(0)
        clock.wait_for_timers(1)  # for another try
    assert "RuntimeError: Event loop is closed" in caplog.text
    assert publisher.close() is not None


@pytest.mark.parametrize(
    ("target", "min_interval", "error", "text"),
    [
        (cast("Target", "print"), 1.0, TypeError, "a target is a function, not str"),
        (print, -1.0, ValueError, "min_interval= is -1.0: expected at least 0 seconds"),
    ],
)
def test_arguments_are_looked_at(
    target: Target, min_interval: float, error: type[Exception], text: str
) -> None:
    """A wrong one is told by its name."""
    with pytest.raises(error, match=text):
        Publisher(StatusReporter(SHOP), target, min_interval=min_interval)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_publishing_goes_on_after_a_fork() -> None:
    """What the child hears is sent by the child."""
    program = """
import os, queue, warnings
warnings.simplefilter("ignore")
from csm import GeneralComponent
from csm.checks import StatusReporter
from csm.publish import Publisher
sent = queue.SimpleQueue()
answers = [True, False]
reporter = StatusReporter(GeneralComponent(component_name="shop"))
reporter.add_check("cellar", lambda: answers.pop(0))
Publisher(reporter, sent.put, min_interval=0)
reporter.report()
sent.get(timeout=30)
child = os.fork()
if child == 0:
    reporter.report()
    os._exit(7 if sent.get(timeout=30).status.name == "ERROR" else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (0, "") == (run.returncode, run.stderr)


async def test_a_statusek_server_gets_the_message(tmp_path: Path) -> None:
    """Each message is the one status of an instance of its own, by either client."""
    reporter = StatusReporter(SHOP)
    reporter.add_check("cellar", lambda: False)
    with running(tmp_path) as server, StatusekClient(server.url) as client:
        async with AsyncStatusekClient(server.url) as async_client:
            publishers = [
                Publisher(reporter, statusek_target(client)),
                Publisher(
                    reporter,
                    statusek_target(async_client, "TASK", status_name="RUN", instance_timeout=600),
                ),
            ]
            report = await reporter.report_async()
            async with asyncio.timeout(PATIENCE):
                while None in {publisher.sent for publisher in publishers}:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        listed = httpx2.get(f"{server.url}/api/v1/instances").json()["instances"]
        events = {item["object"]: client.instance(item["token"]).events()[-1] for item in listed}
    assert {"1-POINT TASK": "FINISHED", "TASK": "RUN"} == {
        name: event.status_name for name, event in events.items()
    }
    assert [report, report] == [event.csm for event in events.values()]
