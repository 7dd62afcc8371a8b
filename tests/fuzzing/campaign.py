"""A campaign: many inputs of one target, in processes that may die and are bounded in memory.

Only the running and counting live here.
"""

from __future__ import annotations

import multiprocessing
import resource
import signal
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic
from typing import Any

import attrs

from fuzzing.agreement import Disagreement
from fuzzing.documents import Document
from fuzzing.targets import TARGETS

BATCH = 500
MOST_MEMORY = 2 * 2**30
LONGEST = 60
"""Seconds of the processor after which an input has hung."""


@attrs.frozen
class Failure:
    """An input of which something does not hold.

    Attributes:
        number: Its number in the campaign.
        rule: Which rule it breaks.
        detail: What was seen.
        document: The input, made small where that was possible.
    """

    number: int
    rule: str
    detail: str
    document: Document


@attrs.define
class Tally:
    """What came out.

    Attributes:
        tried: The inputs by their kind and whether they were accepted.
        failures: Those of which something does not hold; of each rule the first only.
        broken: How many broke each rule.
    """

    tried: Counter[tuple[str, bool]] = attrs.field(factory=Counter[tuple[str, bool]])
    failures: list[Failure] = attrs.field(factory=list[Failure])
    broken: Counter[str] = attrs.field(factory=Counter[str])

    @property
    def inputs(self) -> int:
        """How many inputs were tried."""
        return self.tried.total() + self.broken.total()

    @property
    def accepted(self) -> int:
        """How many of them were accepted."""
        return sum(count for (_, accepted), count in self.tried.items() if accepted)

    def add(self, other: Tally) -> None:
        """Add what came out elsewhere."""
        known = set(self.broken)
        self.tried += other.tried
        self.broken += other.broken
        self.failures += [each for each in other.failures if each.rule not in known]


def campaign(
    target: str, seed: str, numbers: range, until: float, tell: Callable[[Tally], None]
) -> Tally:
    """Try many inputs.

    Args:
        target: The name of the target.
        seed: Makes the inputs, together with their numbers.
        numbers: The numbers of the inputs.
        until: When to stop, by the monotonic clock.
        tell: Called now and then with what came out so far.
    """
    tally = Tally()
    while numbers and monotonic() < until:
        tally.add(_batch(target, seed, numbers[:BATCH]))
        numbers = numbers[BATCH:]
        tell(tally)
    return tally


def _batch(target: str, seed: str, numbers: range) -> Tally:
    """Try some inputs in a process of their own."""
    context = multiprocessing.get_context("fork")
    at_work = context.Value("q", numbers.start)
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sender, at_work, target, seed, numbers))
    process.start()
    sender.close()
    try:
        tally: Tally = receiver.recv()
    except EOFError:
        process.join()
        return _died(target, seed, numbers, at_work.value, process.exitcode)
    process.join()
    return tally


def _died(target: str, seed: str, numbers: range, number: int, code: int | None) -> Tally:
    """Count what came before the input that ended the process, and go on behind it."""
    rule = "an input took too long" if code == -signal.SIGVTALRM else "an input ended the process"
    document = TARGETS[target].document(seed, number)
    tally = Tally(broken=Counter([rule]))
    tally.failures.append(Failure(number, rule, f"exit code {code}", document))
    for others in (range(numbers.start, number), range(number + 1, numbers.stop)):
        if others:
            tally.add(_batch(target, seed, others))
    return tally


def _inherited() -> int:
    """Bytes of address space that this process has already."""
    pages = Path("/proc/self/statm").read_text("ascii").split()[0]
    return int(pages) * resource.getpagesize()


def _work(sender: Connection, at_work: Any, target: str, seed: str, numbers: range) -> None:  # noqa: ANN401
    # What a forked process has from its parent is no memory that an input has taken.
    most = _inherited() + MOST_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    tally = Tally()
    for number in numbers:
        at_work.value = number
        signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
        _try(tally, target, seed, number)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    sender.send(tally)


def _try(tally: Tally, target: str, seed: str, number: int) -> None:
    one = TARGETS[target]
    document = one.document(seed, number)
    try:
        accepted = one.check(document)
    except Disagreement as error:
        if not tally.broken[error.rule]:
            signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
            small = one.shrunk(document, error.rule)
            tally.failures.append(Failure(number, error.rule, error.detail, small))
        tally.broken[error.rule] += 1
    else:
        tally.tried[document.kind, accepted] += 1
