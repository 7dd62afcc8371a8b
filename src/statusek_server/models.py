"""Status models: what an object's statuses are, which follow which, and what makes a model wrong.

Here live the frozen objects and their invariants. Reading a file lives in ``model_files``, advice
about models that are right but odd in ``model_advice``, and the rules of setting in ``rules``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import Final

from attrs import field, frozen

from statusek_server.errors import ModelError, Problem

LONGEST_NAME: Final = 4096
"""Characters in the longest name of an object or a status."""

LONGEST_TIMEOUT: Final = 36_525 * 86_400
"""Seconds in the longest life of an instance: a hundred years."""


class StatusType(StrEnum):
    """What setting a status means for the whole process."""

    MANDATORY = "MANDATORY"
    OPTIONAL = "OPTIONAL"
    STOP = "STOP-STATUS"


@frozen
class Status:
    """One status of a model.

    Args:
        name: Unique within its model.
        type: MANDATORY must be set, OPTIONAL may be, STOP-STATUS interrupts the process.
        description: For people.
        after: The names of the previous statuses.
    """

    name: str
    type: StatusType = StatusType.MANDATORY
    description: str = ""
    after: tuple[str, ...] = ()


def _as_tuple(statuses: Iterable[Status]) -> tuple[Status, ...]:
    return tuple(statuses)


@frozen
class StatusModel:
    """A named status model; the service calls it an object.

    Args:
        name: Unique within a catalogue.
        statuses: In the order that gives them their numbers.
        description: For people.
        timeout: Seconds that an instance lives unless its creator says otherwise.
        silence: Seconds that an instance may be silent unless its creator says otherwise.

    Raises:
        ModelError: The model cannot work; the error lists every problem.
    """

    name: str
    statuses: tuple[Status, ...] = field(converter=_as_tuple)
    description: str = ""
    timeout: int | None = None
    silence: int | None = None

    def __attrs_post_init__(self) -> None:
        problems = tuple(_problems(self))
        if problems:
            raise ModelError(problems)

    @property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """Every (previous, next) pair, in the order of the statuses."""
        return tuple((previous, s.name) for s in self.statuses for previous in s.after)

    @property
    def mandatory(self) -> tuple[str, ...]:
        """The names of the statuses that a whole process must set."""
        return tuple(s.name for s in self.statuses if s.type is StatusType.MANDATORY)


def duplicates(names: Sequence[str]) -> list[str]:
    """Return the names that occur more than once, each once, in order."""
    return [name for name, count in Counter(names).items() if count > 1]


def name_problem(name: str) -> str | None:
    """Return what is wrong with a name, or None."""
    if not name:
        return "has an empty name; expected 1 to 4096 characters"
    if len(name) > LONGEST_NAME:
        return f"has a name of {len(name)} characters; expected at most {LONGEST_NAME}"
    return None


def label(kind: str, name: str) -> str:
    """Return how a problem names its place, short even when the name is not."""
    return f"{kind} '{name if len(name) <= 60 else name[:60] + '…'}'"


def _problems(model: StatusModel) -> Iterator[Problem]:
    where = label("model", model.name)
    if wrong := name_problem(model.name):
        yield Problem(where, wrong)
    if not model.statuses:
        yield Problem(where, "has no statuses; expected at least one [[model.status]]")
    yield from _seconds_problems(model, where)
    for name in duplicates([s.name for s in model.statuses]):
        yield Problem(where, f"has the status '{name}' more than once; names must be unique")
    known = {s.name for s in model.statuses}
    for status in model.statuses:
        yield from _status_problems(status, known, f"{where}, {label('status', status.name)}")
    yield from _cycle_problems(model, where)


def _seconds_problems(model: StatusModel, where: str) -> Iterator[Problem]:
    for key, seconds in (("timeout", model.timeout), ("silence", model.silence)):
        if seconds is not None and not 0 < seconds <= LONGEST_TIMEOUT:
            yield Problem(
                where,
                f"has {key} = {seconds}; expected 1 to {LONGEST_TIMEOUT} seconds (a hundred years)",
            )


def _status_problems(status: Status, known: set[str], where: str) -> Iterator[Problem]:
    if wrong := name_problem(status.name):
        yield Problem(where, wrong)
    for name in duplicates(status.after):
        yield Problem(where, f"names '{name}' more than once in 'after'; once is enough")
    for name in dict.fromkeys(status.after):
        if name not in known:
            yield Problem(where, f"comes after '{name}', which is not a status of this model")


def _cycle_problems(model: StatusModel, where: str) -> Iterator[Problem]:
    try:
        TopologicalSorter({s.name: s.after for s in model.statuses}).prepare()
    except CycleError as error:
        path = " → ".join(f"'{name}'" for name in error.args[1])
        yield Problem(where, f"has statuses that wait for each other: {path}; remove one 'after'")
