"""The reporter: checks run into one status message, for all who ask at the same time.

Only the front of it lives here: what is asked, by whom, and what the whole is. Sharing and timing
are in `runner`, one call of a check in `execution`, its meaning in `outcome` and `state`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from typing import Any, Final, TypedDict, TypeVar, Unpack

import attrs

from csm.checks.check import Check, CheckFunction, make_check, positive, seconds, tags_of
from csm.checks.clock import SYSTEM_CLOCK, Clock
from csm.checks.daemon import tell_after_fork
from csm.checks.listeners import Listener, Listeners
from csm.checks.outcome import log_exception, safe
from csm.checks.redaction import Redact, redact_secrets, redacted_component
from csm.checks.roll_up import CheckResult, RollUp, checked_status, worst_of_checks
from csm.checks.run import ALL, Loop, Selection
from csm.checks.runner import Runner
from csm.checks.state import Shown
from csm.component import Component
from csm.message import StatusMessage
from csm.note import Note
from csm.vocabulary import Status, StatusMessageType, StatusMessageTypeLike

F = TypeVar("F", bound=Callable[[], Any])
L = TypeVar("L", bound=Listener)

_LEFT_OUT: Final = Note(
    title="Left out: checks that ask other applications",
    detail="The question came here over other applications: by way of this one, or of too many.",
)


class _CheckOptions(TypedDict, total=False):
    component: Component
    status_message_type: StatusMessageTypeLike
    timeout: float
    critical: bool
    tags: Collection[str]
    cache: float
    max_age: float
    failure_threshold: int
    success_threshold: int


@attrs.frozen(eq=False)
class _Refreshing:
    """A report that is renewed by itself."""

    every: float
    loop: Loop


class StatusReporter:
    """Runs checks into a status message, at once, in time, and once for all who ask.

    All checks run at the same time. Who asks while they run gets the report of that run. A report
    is there when its deadline has passed, whatever the checks do: what has not answered is shown
    by its last answer and how old that is, or as unknown; it is not called again while it still
    runs.

    A plain function runs in a daemon thread of its own. A coroutine function runs on the event loop
    of who asked first; where that is nobody's (`report`), on a loop of the reporter's own.

    Args:
        component: What the whole is about.
        status_message_type: What it is, in a larger report.
        deadline: Seconds after which a report is there; also the timeout of checks without one.
        cache: Seconds for which the answer of a check holds, so that it is not asked again.
        max_age: Seconds for which the last answer of a check may stand in for one that is late.
        roll_up: The rule for the status of the whole.
        redact: Masks the secrets of a text; everything that a report or the log says goes through
            it.
        clock: Tells the time.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument is out of range.
    """

    def __init__(
        self,
        component: Component,
        *,
        status_message_type: StatusMessageTypeLike = StatusMessageType.COMPONENT,
        deadline: float = 5.0,
        cache: float = 0.0,
        max_age: float = 60.0,
        roll_up: RollUp = worst_of_checks,
        redact: Redact = redact_secrets,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        if not isinstance(component, Component):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"component is a Component, not {type(component).__name__}")
        self._redact = safe(redact)
        self.component: Component = redacted_component(component, self._redact)
        self._type = StatusMessageType(status_message_type)
        self._deadline = positive("deadline", deadline)
        self._defaults: dict[str, Any] = {
            "component": None,
            "status_message_type": StatusMessageType.COMPONENT,
            "timeout": self._deadline,
            "critical": True,
            "tags": (),
            "cache": seconds("cache", cache),
            "max_age": seconds("max_age", max_age),
            "failure_threshold": 1,
            "success_threshold": 1,
        }
        self._roll_up = roll_up
        self._clock = clock
        self._listeners = Listeners(self._redact)
        self._runner = Runner(
            self.component, self._deadline, self._redact, self._write, self._listeners.tell, clock
        )
        self._refreshing: _Refreshing | None = None
        self._must_resume = False
        tell_after_fork(self)

    def forget_threads(self) -> None:
        """Begin anew in a process that was forked off: the threads stayed behind."""
        self._must_resume = self._refreshing is not None

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks, in the order of the report."""
        return self._runner.checks

    def check(self, name: str, **options: Unpack[_CheckOptions]) -> Callable[[F], F]:
        """Make a function a check, as a decorator; arguments as for `add_check`."""
        if callable(name):
            raise TypeError('a check needs a name: @reporter.check("database")')

        def add(function: F) -> F:
            self.add_check(name, function, **options)
            return function

        return add

    def add_check(
        self, name: str, function: CheckFunction, **options: Unpack[_CheckOptions]
    ) -> Check:
        """Add a check.

        The function takes no arguments and returns a StatusMessage, a Status, a Note or a list of
        them (WARN where one has an action, OK otherwise), a bool (True is OK, False ERROR) or None
        (OK). What it raises is an ERROR with the class and the redacted text of the exception.

        Args:
            name: Unique in this reporter.
            function: A plain or a coroutine function.
            options: `component` (what it is about; default: a GeneralComponent of the check's
                name), `status_message_type` (default: COMPONENT), `timeout` (seconds in which it
                should answer; default: the deadline), `critical` (False: the whole gets WARN at
                most; default: True), `tags` (groups that it is in), `cache` and `max_age` (as for
                the reporter, whose values are the default), `failure_threshold` (bad answers, ERROR
                or CRITICAL, in a row until it counts as bad; default: 1) and `success_threshold`
                (good ones until it counts as recovered; default: 1).

        Returns:
            The check.

        Raises:
            TypeError: An argument has the wrong type.
            ValueError: An argument is out of range, or there is a check of that name.
        """
        arguments: dict[str, Any] = {**self._defaults, **options}
        check = make_check(name, function, **arguments)
        check = attrs.evolve(check, component=redacted_component(check.component, self._redact))
        self._runner.add(check)
        return check

    def report(
        self, *, tags: Collection[str] | None = None, route: Sequence[str] = ()
    ) -> StatusMessage:
        """Return how all is; it takes no longer than the deadline.

        Args:
            tags: Ask only the checks that have one of these; default: all.
            route: The applications that the question came through, as `csm.web` learns them.
                Checks that ask other applications run anew for each route, and not at all where
                it has come round.
        """
        selection = self._selection(tags, route)
        held = self._runner.held(selection)
        return self._join(selection, None).result() if held is None else held

    def held(
        self, *, tags: Collection[str] | None = None, route: Sequence[str] = ()
    ) -> StatusMessage | None:
        """Return the report that holds at present, if there is one; nothing is asked for it.

        It is what `report` would return at once, since checks are cached or it is renewed.

        Args:
            tags: Only the checks that have one of these; default: all.
            route: The applications that the question came through; see `report`.
        """
        return self._runner.held(self._selection(tags, route))

    async def report_async(
        self, *, tags: Collection[str] | None = None, route: Sequence[str] = ()
    ) -> StatusMessage:
        """Return how all is, as `report` does; whoever is cancelled leaves the others their run.

        Args:
            tags: Ask only the checks that have one of these; default: all.
            route: The applications that the question came through; see `report`.
        """
        selection = self._selection(tags, route)
        held = self._runner.held(selection)
        if held is not None:
            return held
        return await asyncio.wrap_future(self._join(selection, asyncio.get_running_loop()))

    def on_change(self, listener: L) -> L:
        """Have a listener called when the report changes; usable as a decorator.

        It is called with the report and its `Difference` from the one that the listener heard of
        before, None with the first; on a thread of its own, one call after the other. What changes
        with every report (times, and how old a late answer is) is no change. Only reports of all
        checks count; `start_refreshing` makes them regular.

        Args:
            listener: What to call; what it raises goes to the log.
        """
        self._listeners.add(listener)
        return listener

    def start_refreshing(self, *, every: float) -> None:
        """Renew the report of all checks in the background; who asks for it gets the last one.

        A report that was not renewed for `every` seconds and a deadline more is not given any
        longer: whoever asks then runs the checks. Called on an event loop, it is that loop on which
        coroutine functions run.

        Args:
            every: Seconds from one renewal to the next.
        """
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            loop = None
        self._refreshing = _Refreshing(positive("every", every), loop)
        self._refresh(self._refreshing)

    def close(self) -> None:
        """End the renewal in the background; who asks is answered as before."""
        self._refreshing = None

    def _refresh(self, refreshing: _Refreshing) -> None:
        if refreshing is not self._refreshing:
            return
        due = self._clock.monotonic() + refreshing.every
        hold = refreshing.every + self._deadline
        run = self._runner.join(ALL, refreshing.loop, hold)
        again = partial(self._refresh, refreshing)
        run.add_done_callback(lambda _: self._clock.call_at(due, again))

    def _join(self, selection: Selection, loop: Loop) -> Future[StatusMessage]:
        if self._must_resume and self._refreshing is not None:
            self._must_resume = False
            self._refreshing = _Refreshing(self._refreshing.every, None)
            self._refresh(self._refreshing)
        return self._runner.join(selection, loop)

    def _selection(self, tags: Collection[str] | None, route: Sequence[str]) -> Selection:
        if tags is None and not route:
            return ALL
        return self._runner.selection(None if tags is None else tags_of(tags), tuple(route))

    def _write(
        self, shown: Sequence[tuple[Check, Shown, bool]], at: datetime, selection: Selection
    ) -> tuple[StatusMessage, StatusMessage]:
        """Return a report as it is told, and as it is compared: without passing remarks."""
        results = [
            CheckResult(check, each.message, (self.component, check.component), is_late)
            for check, each, is_late in shown
        ]
        notes: tuple[Note, ...] = () if selection.route is not None else (_LEFT_OUT,)
        try:
            status = checked_status(self._roll_up(results))
        except Exception as error:  # noqa: BLE001  # it is the application's
            log_exception("roll_up=", error, self._redact)
            status = Status.ERROR
            notes += (Note(title="The rule of the whole failed", detail=type(error).__name__),)
        compared = StatusMessage(
            component=self.component,
            status_message_type=self._type,
            status=status,
            timestamp=at,
            notes=notes,
            sub_statuses=[each.message for _, each, _ in shown],
        )
        if not any(each.remarks for _, each, _ in shown):
            return compared, compared
        return compared.replace(sub_statuses=[each.complete for _, each, _ in shown]), compared
