"""What is known of one check: its last answer, its thresholds, and how that is told.

Pure rules over values: no threads and no clock live here.
"""

from __future__ import annotations

from datetime import datetime

import attrs

from csm.checks.check import Check
from csm.checks.execution import Execution
from csm.checks.outcome import own_message
from csm.message import StatusMessage
from csm.note import Note
from csm.vocabulary import Status


@attrs.frozen
class Streak:
    """How many answers in a row were not as the state that is told.

    Attributes:
        is_bad: What is told.
        against: Answers in a row that say otherwise.
    """

    is_bad: bool
    against: int = 0

    def after(self, is_bad: bool, check: Check) -> Streak:  # the answer itself
        """Return the streak after one more answer.

        Args:
            is_bad: What the answer says.
            check: Whose thresholds count.
        """
        if is_bad == self.is_bad:
            return Streak(self.is_bad)
        threshold = check.failure_threshold if is_bad else check.success_threshold
        if self.against + 1 >= threshold:
            return Streak(is_bad)
        return Streak(self.is_bad, self.against + 1)


@attrs.frozen
class Shown:
    """How a check is shown in a report.

    Attributes:
        message: What it said, or what stands in for that.
        remarks: What the reporter adds: notes that change with every report.
    """

    message: StatusMessage
    remarks: tuple[Note, ...] = ()

    @property
    def complete(self) -> StatusMessage:
        """The message with the remarks."""
        if not self.remarks:
            return self.message
        return self.message.replace(notes=(*self.message.notes, *self.remarks))


@attrs.define(eq=False)
class CheckState:
    """What is known of a check.

    Attributes:
        check: The check.
        execution: The call that still runs.
        shown: How its last answer is told.
        answered: When the last answer came, in seconds of the clock.
        fresh_until: Until when it is not asked again.
        is_overdue: Whether it missed its time at its last call.
    """

    check: Check
    execution: Execution | None = None
    shown: Shown | None = None
    answered: float = 0.0
    fresh_until: float = float("-inf")
    is_overdue: bool = False
    _streak: Streak | None = None

    def take(self, message: StatusMessage, now: float, *, is_late: bool) -> bool:
        """Take an answer.

        Args:
            message: What it says.
            now: When it came, in seconds of the clock.
            is_late: Whether nobody waited for it any more; such an answer is not fresh.

        Returns:
            Whether it went from good to bad or back, or is the first and bad.
        """
        is_bad = _is_bad(message)
        before = self._streak or Streak(is_bad=is_bad)
        was_bad = self._streak is not None and self._streak.is_bad
        self._streak = before.after(is_bad, self.check)
        self.answered = now
        if not is_late:
            self.is_overdue = False
            self.fresh_until = now + self.check.cache
        if self._streak.against == 0 or self.shown is None:
            self.shown = Shown(message)
        else:
            self.shown = Shown(self.shown.message, (_held(self.check, self._streak, message),))
        return self._streak.is_bad != was_bad

    def shown_late(self, waited: float, now: float, at: datetime) -> Shown:
        """Return how the check is shown while it owes an answer.

        Args:
            waited: Seconds since it was asked.
            now: The present, in seconds of the clock.
            at: The present moment.
        """
        title = f"No answer for {_number(waited)} s"
        age = now - self.answered
        if self.shown is None:
            detail = "It is unknown how it is: it has never answered."
        elif age <= self.check.max_age:
            detail = f"This is its last answer, {_number(age)} s old."
            last = self.shown.message
            shown = last.replace(status=max(last.status, Status.WARN))
            return Shown(shown, (*self.shown.remarks, Note(title=title, detail=detail)))
        else:
            detail = f"It is unknown how it is: its last answer is {_number(age)} s old."
        note = Note(title="Unknown", detail="It did not answer in time.")
        return Shown(
            own_message(self.check, Status.ERROR, at, (note,)), (Note(title=title, detail=detail),)
        )


def _is_bad(message: StatusMessage) -> bool:
    return message.status >= Status.ERROR


def _held(check: Check, streak: Streak, message: StatusMessage) -> Note:
    threshold = check.success_threshold if streak.is_bad else check.failure_threshold
    kind = "good" if streak.is_bad else "bad"
    said = "; ".join(
        note.title if note.detail is None else f"{note.title}: {note.detail}"
        for note in message.notes
    )
    return Note(
        title=f"{streak.against} {kind} in a row, of {threshold} until it counts",
        detail=f"The last answer was {message.status.name}{f' ({said})' if said else ''}.",
    )


def _number(seconds: float) -> str:
    return f"{seconds:.1f}".removesuffix(".0")
