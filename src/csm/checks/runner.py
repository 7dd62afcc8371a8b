"""The runner: starts checks, waits for them no longer than agreed, and shares what comes out.

Sharing and timing live here: one call of a check at a time, one run for all who ask meanwhile, and
the deadlines of both. One lock guards it all; foreign code is never called under it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from typing import TypeAlias

import attrs

from csm.checks.check import Check
from csm.checks.clock import Clock
from csm.checks.daemon import tell_after_fork
from csm.checks.execution import Answer, Execution
from csm.checks.outcome import failure_of, log_status, logger, message_of
from csm.checks.redaction import Redact
from csm.checks.roster import Roster
from csm.checks.route import Asking, Route, route_name
from csm.checks.run import ALL, Loop, Run, Selection
from csm.checks.starter import Starter
from csm.checks.state import CheckState, Shown
from csm.component import Component
from csm.message import StatusMessage

Write: TypeAlias = Callable[
    [Sequence[tuple[Check, Shown, bool]], datetime, Selection], tuple[StatusMessage, StatusMessage]
]
Tell: TypeAlias = Callable[[StatusMessage, StatusMessage], None]


@attrs.frozen
class _Held:
    """A report, and until when it is given to everybody who asks."""

    message: StatusMessage
    until: float
    number: int


class Runner:
    """Runs checks for all who ask.

    Args:
        component: What its reports are about.
        deadline: Seconds after which a run ends.
        redact: Masks the secrets of a text.
        write: Makes a report of how the checks are shown, and the same as it is compared.
        tell: Is told of each report of all checks, in order; returns at once.
        clock: Tells the time.
    """

    def __init__(
        self,
        component: Component,
        deadline: float,
        redact: Redact,
        write: Write,
        tell: Tell,
        clock: Clock,
    ) -> None:
        self._component = component
        self._deadline = deadline
        self._redact = redact
        self._write = write
        self._tell = tell
        self._clock = clock
        self._starter = Starter()
        self._roster = Roster(route_name(component))
        self.forget_threads()
        tell_after_fork(self)

    def forget_threads(self) -> None:
        """Begin anew in a process that was forked off: nothing runs in it."""
        self._lock = threading.Lock()
        self._open: set[Run] = set()
        self._joinable: dict[Selection, Run] = {}
        self._held: dict[Selection, _Held] = {}
        self._number = 0
        self._first_number = 0
        for state in self._roster:
            state.execution = None

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks, in the order of the report."""
        with self._lock:
            return self._roster.checks

    def add(self, check: Check) -> None:
        """Ask one more check from the next run on.

        Raises:
            ValueError: There is one of that name.
        """
        with self._lock:
            self._roster.add(check)
            # A run that is under way does not know it: nobody is to get its report later.
            self._held = {}
            self._joinable = {}
            self._first_number = self._number + 1

    def selection(self, tags: frozenset[str] | None, route: Route) -> Selection:
        """Return which checks are asked.

        Args:
            tags: Checks that have one of these; None for all.
            route: The applications that the question came through.
        """
        # Tags that no check has are left out: there are only so many selections to remember.
        tags = None if tags is None else tags & self._roster.tags
        if not route:
            return ALL if tags is None else Selection(tags, ())
        with self._lock:
            return Selection(tags, self._roster.admitted(route))

    def held(self, selection: Selection) -> StatusMessage | None:
        """Return the report that holds at present, if any."""
        # Without the lock: this is what nearly everybody asks.
        held = self._held.get(selection)
        if held is not None and self._clock.monotonic() < held.until:
            return held.message
        return None

    def join(self, selection: Selection, loop: Loop, hold: float = 0.0) -> Future[StatusMessage]:
        """Return the report of the present run, which begins now unless it has.

        Args:
            selection: Who is asked.
            loop: Where coroutine functions run.
            hold: Seconds for which the report holds for everybody.
        """
        with self._lock:
            run = self._joinable.get(selection)
            if run is not None:
                run.hold = max(run.hold, hold)
                return run.future
            run, begun = self._begin(selection, hold)
            is_over = self._is_over(run)
        if is_over:
            self._end(run)
        self._starter.start(begun, loop)
        return run.future

    def _begin(self, selection: Selection, hold: float) -> tuple[Run, list[Execution]]:
        """Return a run, and the calls that are to be started for it."""
        now = self._clock.monotonic()
        states = self._roster.chosen(selection)
        asking = Asking(self._component, self._roster.onward(selection.route))
        self._number += 1
        run = Run(selection, states, self._number, hold)
        self._joinable[selection] = run
        self._open.add(run)
        begun: list[Execution] = []
        for state in states:
            if now < state.fresh_until:
                continue
            execution = state.execution
            if execution is None or execution.is_abandoned:
                execution = state.execution = Execution(
                    state.check, now, asking, partial(self._done, state)
                )
                execution.stop_timer = self._clock.call_at(
                    execution.due, partial(self._expire, state, execution)
                )
                begun.append(execution)
            run.owing[state] = execution.started
            if not execution.is_late:
                run.awaited.add(state)
        if run.awaited:
            run.stop_timer = self._clock.call_at(
                now + self._deadline, partial(self._expire_run, run)
            )
        return run, begun

    def _done(self, state: CheckState, execution: Execution, answer: Answer | None) -> None:
        """Take the answer of a check; None: it was given up without one."""
        check = execution.check
        message = None if answer is None else self._message(check, answer)
        with self._lock:
            if state.execution is not execution:
                return  # its loop stood still, and another was started in its place
            state.execution = None
            execution.stop_timer()
            turned = False
            if message is not None:
                now = self._clock.monotonic()
                turned = state.take(message, now, is_late=execution.is_late)
            over = self._settle(state, has_answered=message is not None)
        for run in over:
            self._end(run)
        if turned and message is not None and answer is not None:
            log_status(check.name, message, answer.error, self._redact)

    def _message(self, check: Check, answer: Answer) -> StatusMessage:
        at = self._clock.now()
        if answer.error is None:
            try:
                return message_of(check, answer.value, at, self._redact)
            except Exception as error:  # noqa: BLE001  # whatever it is, it is in what was returned
                return failure_of(check, error, at, self._redact)
        return failure_of(check, answer.error, at, self._redact)

    def _expire(self, state: CheckState, execution: Execution) -> None:
        with self._lock:
            if state.execution is not execution:
                return
            execution.give_up()
            is_news, state.is_overdue = not state.is_overdue, True
            over = self._settle(state, has_answered=False)
        for run in over:
            self._end(run)
        if is_news:
            name = self._redact(execution.check.name)
            logger.warning("check %s: no answer for %g s", name, execution.check.timeout)

    def _expire_run(self, run: Run) -> None:
        with self._lock:
            run.awaited.clear()
            is_over = self._is_over(run)
        if is_over:
            self._end(run)

    def _settle(self, state: CheckState, *, has_answered: bool) -> list[Run]:
        """Let nobody wait for a check any more; return the runs that are over by that."""
        for run in self._open:
            run.awaited.discard(state)
            if has_answered:
                run.owing.pop(state, None)
        return [run for run in list(self._open) if self._is_over(run)]

    def _is_over(self, run: Run) -> bool:
        """Say that a run is over, once: whoever hears so ends it."""
        if run.awaited or run not in self._open:
            return False
        self._open.discard(run)
        if self._joinable.get(run.selection) is run:
            del self._joinable[run.selection]
        return True

    def _end(self, run: Run) -> None:
        """Write a report, and give it to all who wait."""
        run.stop_timer()
        now, at = self._clock.monotonic(), self._clock.now()
        with self._lock:
            shown = [
                (state.check, _shown(state, run, now, at), state in run.owing)
                for state in run.states
            ]
            until = now + run.hold
            if run.states and not run.owing:
                until = max(until, min(state.fresh_until for state in run.states))
        try:
            message, compared = self._write(shown, at, run.selection)
        except BaseException as error:  # whatever it is, those who wait are to have it
            run.future.set_exception(error)
            raise
        with self._lock:
            if self._is_newest(run):
                self._hold(run.selection, _Held(message, until, run.number))
                if run.selection == ALL:
                    self._tell(message, compared)
        run.future.set_result(message)

    def _is_newest(self, run: Run) -> bool:
        held = self._held.get(run.selection)
        is_newer = held is None or held.number < run.number
        return is_newer and run.number >= self._first_number

    def _hold(self, selection: Selection, held: _Held) -> None:
        self._held[selection] = held
        if selection.route:  # routes come and go: only those that are remembered are kept
            self._held = {
                each: other
                for each, other in self._held.items()
                if self._roster.is_admitted(each.route)
            }


def _shown(state: CheckState, run: Run, now: float, at: datetime) -> Shown:
    if state in run.owing or state.shown is None:
        return state.shown_late(now - run.owing.get(state, now), now, at)
    return state.shown
