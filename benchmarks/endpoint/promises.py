"""What a reporter promises: to be there when its deadline has passed, and to run once for all."""

from __future__ import annotations

import asyncio
import threading
import time
from statistics import median
from typing import Final

from benchmarks.report import Goal, table
from csm import GeneralComponent
from csm.checks import StatusReporter
from csm.web import asgi_app
from csm.web.asgi import AsgiApp, Event

_CHECKS: Final = 100
_DEADLINE: Final = 0.5
_ROUNDS: Final = 20
_ASKERS: Final = 10_000
_SHOP: Final = GeneralComponent(component_name="shop")


def measure() -> tuple[str, list[Goal]]:
    """Return the figures as Markdown, and the goals."""
    plain = sorted(_beyond_deadline(in_loop=False) for _ in range(_ROUNDS))
    coroutine = sorted(_beyond_deadline(in_loop=True) for _ in range(_ROUNDS))
    runs, seconds = asyncio.run(_runs_for_many())
    rows = [
        (name, f"{median(figures):.1f}", f"{figures[-1]:.1f}")
        for name, figures in (("report()", plain), ("report_async()", coroutine))
    ]
    head = [f"{_CHECKS} checks, one blocks for ever", "ms beyond the deadline", "worst"]
    text = f"{table(head, rows)}\n\n{_ASKERS:,} askers over ASGI during one run: answered in "
    text += f"{seconds:.1f} s, of which the run took 1.0 s."
    what = f"a report of {_CHECKS} checks of which one blocks for ever: ms beyond its deadline"
    return text, [
        Goal(f"{what}, the worst of {_ROUNDS}", max(plain[-1], coroutine[-1]), 50),
        Goal(f"{_ASKERS:,} askers during one slow run: runs", runs, 1),
    ]


def _beyond_deadline(*, in_loop: bool) -> float:
    """Return milliseconds that a report takes beyond its deadline."""
    reporter = StatusReporter(_SHOP, deadline=_DEADLINE)
    blocked = threading.Event()
    for number in range(_CHECKS - 1):
        reporter.add_check(f"check {number}", lambda: True)
    reporter.add_check("blocked", blocked.wait)
    taken = asyncio.run(_seconds_in_loop(reporter)) if in_loop else _seconds(reporter)
    blocked.set()
    return (taken - _DEADLINE) * 1_000


def _seconds(reporter: StatusReporter) -> float:
    before = time.perf_counter()
    report = reporter.report()
    taken = time.perf_counter() - before
    assert len(report.sub_statuses) == _CHECKS
    return taken


async def _seconds_in_loop(reporter: StatusReporter) -> float:
    before = time.perf_counter()
    report = await reporter.report_async()
    taken = time.perf_counter() - before
    assert len(report.sub_statuses) == _CHECKS
    return taken


async def _runs_for_many() -> tuple[int, float]:
    """Return how often a check of one second ran for many askers, and how long all took."""
    runs: list[None] = []
    reporter = StatusReporter(_SHOP)
    app = asgi_app(reporter)

    @reporter.check("slow")
    async def slow() -> None:
        runs.append(None)
        await asyncio.sleep(1.0)

    before = time.perf_counter()
    codes = await asyncio.gather(*(_code(app) for _ in range(_ASKERS)))
    assert set(codes) == {200}
    return len(runs), time.perf_counter() - before


async def _never() -> Event:
    raise AssertionError("nobody sends anything")


async def _code(app: AsgiApp) -> int:
    codes: list[int] = []

    async def send(event: Event) -> None:
        codes.append(event.get("status", 200))

    scope = {"type": "http", "method": "GET", "path": "/status", "headers": []}
    await app(scope, _never, send)
    return codes[0]
