"""The runner: starts checks, waits for them no longer than agreed, and shares what comes out.

Sharing and timing live here: one call of a check at a time, one run for all who ask meanwhile, and
the deadlines of both. One lock guards it all; foreign code is never called under it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from typing import TypeAlias

import attrs

from csm.checks.check import Check
from csm.checks.clock import Clock
from csm.checks.daemon import DaemonLoop, tell_after_fork
from csm.checks.execution import Answer, Execution
from csm.checks.outcome import failure_of, log_status, logger, message_of
from csm.checks.redaction import Redact
from csm.checks.run import Loop, Run, Selection
from csm.checks.state import CheckState, Shown
from csm.message import StatusMessage

Write: TypeAlias = Callable[
    [Sequence[tuple[Check, Shown, bool]], datetime], tuple[StatusMessage, StatusMessage]
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
        deadline: Seconds after which a run ends.
        redact: Masks the secrets of a text.
        write: Makes a report of how the checks are shown, and the same as it is compared.
        tell: Is told of each report of all checks, in order; returns at once.
        clock: Tells the time.
    """

    def __init__(
        self, deadline: float, redact: Redact, write: Write, tell: Tell, clock: Clock
    ) -> None:
        self._deadline = deadline
        self._redact = redact
        self._write = write
        self._tell = tell
        self._clock = clock
        self._own_loop = DaemonLoop("csm-checks")
        self._states: dict[str, CheckState] = {}
        self.tags: frozenset[str] = frozenset()
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
        for state in self._states.values():
            state.execution = None

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks, in the order of the report."""
        with self._lock:
            return tuple(state.check for state in self._states.values())

    def add(self, check: Check) -> None:
        """Ask one more check from the next run on.

        Raises:
            ValueError: There is one of that name.
        """
        with self._lock:
            if check.name in self._states:
                raise ValueError(
                    f"there is a check {check.name!r} already: give each a name of its own"
                )
            self._states[check.name] = CheckState(check)
            self.tags |= check.tags
            # A run that is under way does not know it: nobody is to get its report later.
            self._held = {}
            self._joinable = {}
            self._first_number = self._number + 1

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
            run, unstarted = self._begin(selection, loop, hold)
            is_over = self._is_over(run)
        if is_over:
            self._end(run)
        for execution, error in unstarted:
            self._done(execution, Answer(error=error))
        return run.future

    def _begin(
        self, selection: Selection, loop: Loop, hold: float
    ) -> tuple[Run, list[tuple[Execution, Exception]]]:
        now = self._clock.monotonic()
        states = [state for state in self._states.values() if _is_in(state.check, selection)]
        self._number += 1
        run = Run(selection, states, self._number, hold)
        self._joinable[selection] = run
        self._open.add(run)
        unstarted: list[tuple[Execution, Exception]] = []
        for state in states:
            if now < state.fresh_until:
                continue
            execution = state.execution
            if execution is None or execution.is_abandoned:
                execution = state.execution = Execution(state.check, now, self._done)
                execution.stop_timer = self._clock.call_at(
                    execution.due, partial(self._expire, execution)
                )
                try:
                    self._start(execution, loop)
                except RuntimeError as error:  # the system has no thread left
                    unstarted.append((execution, error))
            run.owing[state] = execution.started
            if not execution.is_late:
                run.awaited.add(state)
        if run.awaited:
            run.stop_timer = self._clock.call_at(
                now + self._deadline, partial(self._expire_run, run)
            )
        return run, unstarted

    def _start(self, execution: Execution, loop: Loop) -> None:
        if not execution.check.is_coroutine:
            execution.start_thread()
        elif loop is None or loop.is_closed():
            execution.start_task(self._own_loop.loop)
        else:
            execution.start_task(loop)

    def _done(self, execution: Execution, answer: Answer | None) -> None:
        """Take the answer of a check; None: it was given up without one."""
        check = execution.check
        message = None if answer is None else self._message(check, answer)
        with self._lock:
            state = self._states[check.name]
            if state.execution is not execution:
                return  # its loop stood still, and another was started in its place
            state.execution = None
            execution.stop_timer()
            turned = False
            if message is not None:
                now = self._clock.monotonic()
                turned = state.take(message, now, is_late=execution.is_late)
            over = self._settle(state, has_answered=message is not None)
        self._end_all(over)
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

    def _expire(self, execution: Execution) -> None:
        with self._lock:
            state = self._states[execution.check.name]
            if state.execution is not execution:
                return
            execution.give_up()
            is_news, state.is_overdue = not state.is_overdue, True
            over = self._settle(state, has_answered=False)
        self._end_all(over)
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

    def _end_all(self, runs: Iterable[Run]) -> None:
        for run in runs:
            self._end(run)

    def _end(self, run: Run) -> None:
        """Write the report of a run, and give it to all who wait."""
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
            message, compared = self._write(shown, at)
        except BaseException as error:  # whatever it is, those who wait are to have it
            run.future.set_exception(error)
            raise
        with self._lock:
            held = self._held.get(run.selection)
            if run.number >= self._first_number and (held is None or held.number < run.number):
                self._held[run.selection] = _Held(message, until, run.number)
                if run.selection is None:
                    self._tell(message, compared)
        run.future.set_result(message)


def _is_in(check: Check, selection: Selection) -> bool:
    return selection is None or not selection.isdisjoint(check.tags)


def _shown(state: CheckState, run: Run, now: float, at: datetime) -> Shown:
    if state in run.owing or state.shown is None:
        return state.shown_late(now - run.owing.get(state, now), now, at)
    return state.shown
