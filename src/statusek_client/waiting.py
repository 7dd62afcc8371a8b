"""Waiting for an instance: until it is finished, or until there is news of it.

The flows (see `flows`) of which the server is asked to hold its answers live here, how long it is
asked to, and how often one is asked that does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from statusek_client import calls
from statusek_client.errors import StatusekError, WaitTimeoutError, shortened
from statusek_client.flows import Flow, Pause, Terms, asked, read
from statusek_client.results import Event, Finish
from statusek_client.retry import POLLING, is_passing

if TYPE_CHECKING:
    from statusek_client.modern import ModelStatus

Result = TypeVar("Result")

LONGEST_HOLD: Final = 20.0
"""Seconds that a server is asked to hold an answer; proxies cut connections that rest longer."""

FOR_EVER: Final = 10.0**9
"""Seconds; an instance lives a hundred years at most."""

_AFTER_THE_END: Final = 0.05
"""Seconds after an instance's own timeout at which it is looked at, so that it is surely over."""


def wait(token: str, terms: Terms, timeout: float, due: float | None = None) -> Flow[Finish]:
    """Wait until an instance is finished, at most `timeout` seconds; see `_until`.

    Raises:
        WaitTimeoutError: the time passed first.
    """

    def ask(hold: int, deadline: float) -> Flow[tuple[Finish, bool]]:
        call = calls.noticing_hold(calls.check_is_finished(token, hold))
        return (yield from asked(call, deadline, terms))

    late = _late(token, f"after {timeout:.4g} seconds")
    return (yield from _until(ask, bool, late, terms, terms.clock() + timeout, due))


class News(NamedTuple):
    """What watching brings: the events not seen before, and whether there will be no more.

    `is_late` says that the time was over before it was asked for them.
    """

    events: tuple[Event, ...] = ()
    is_last: bool = False
    is_late: bool = False


def watch(
    token: str,
    seen: Counter[Event],
    before: News,
    terms: Terms,
    end: float,
    due: float | None = None,
) -> Flow[News]:
    """Wait until there are events that were not seen, or the instance is finished.

    Originals answer events in any order and may show one twice, so what is new is found by value,
    never by position. After `end` it is looked once more, and not again, whatever is new then.

    Args:
        token: the instance.
        seen: the events that were seen.
        before: the news before these.
        terms: the client's.
        end: when watching is over, on the clock of the terms.
        due: when the instance's own timeout is over, where that is known.

    Raises:
        WaitTimeoutError: `end` came first.
    """
    late = _late(token, "when the time for watching is over")
    is_late = terms.clock() >= end
    if before.is_late:
        raise late

    def ask(hold: int, deadline: float) -> Flow[tuple[News, bool]]:
        call = calls.noticing_hold(calls.get_events(token, seen.total(), hold))
        events, was_held = yield from asked(call, deadline, terms)
        fresh = _unseen(events, seen)
        if fresh and not is_late:
            return News(fresh), was_held
        finish = yield from asked(calls.check_is_finished(token), deadline, terms)
        if finish:
            events = yield from asked(calls.get_events(token), deadline, terms)
        return News(_unseen(events, seen), bool(finish), is_late), was_held

    def brings_something(news: News) -> bool:
        return bool(news.events) or news.is_last

    return (yield from _until(ask, brings_something, late, terms, end, due))


def missing(token: str, object_name: str | None, terms: Terms) -> Flow[tuple[ModelStatus, ...]]:
    """Find the mandatory statuses that have not come, in the order of the model."""
    from statusek_client import modern

    if object_name is None:
        object_name = yield from read(modern.object_of_instance(token), terms)
    model = yield from read(modern.model(object_name), terms)
    events = yield from read(calls.get_events(token), terms)
    present = {event.status_name for event in events}
    return tuple(status for status in model.mandatory if status.name not in present)


def _until(
    ask: Callable[[int, float], Flow[tuple[Result, bool]]],
    is_enough: Callable[[Result], bool],
    late: WaitTimeoutError,
    terms: Terms,
    end: float,
    due: float | None,
) -> Flow[Result]:
    """Ask until the answer is enough, or `end` comes, which raises `late`.

    The server is asked to hold its answer; one that does not is asked again after ever longer
    pauses, and right after `due`, when the instance's own timeout is over. Passing trouble ends it
    only before the first answer (then the policy decides).
    """
    clock = terms.clock
    begin = clock()
    answers = failures = 0
    trouble: StatusekError | None = None
    while True:
        since = clock()
        hold = max(0, int(min(LONGEST_HOLD, end - since - 0.5)))
        limit = since + hold + terms.timeout
        was_held = False
        try:
            result, was_held = yield from ask(hold, limit if end <= begin else min(limit, end))
            answers, failures, trouble = answers + 1, 0, None
            if is_enough(result):
                return result
        except StatusekError as error:
            failures, trouble = failures + 1, error
            if not (is_passing(error) if answers else _is_tried_again(error, failures, terms)):
                raise
        now = clock()
        if now >= end:
            raise late from trouble
        if not was_held or now - since < hold / 2:
            yield Pause(_pause(POLLING.pause(failures or answers), now, end, due))


def _is_tried_again(error: StatusekError, failures: int, terms: Terms) -> bool:
    return terms.policy(failures, error) is not None


def _pause(pause: float, now: float, end: float, due: float | None) -> float:
    """Return how long to pause: no longer than a half of what is left, and not much beyond `due`.

    There is something to learn at the end of the instance's own life.
    """
    left = end - now
    if due is not None and now < due:
        pause = min(pause, due - now + _AFTER_THE_END)
    return min(pause, left / 2 if left > 0.05 else left)


def _late(token: str, when: str) -> WaitTimeoutError:
    return WaitTimeoutError(
        message=f"instance {shortened(token)} is not finished {when}", token=token
    )


def _unseen(events: tuple[Event, ...], seen: Counter[Event]) -> tuple[Event, ...]:
    """Return the events that were not seen, in their order."""
    known = seen.copy()
    fresh: list[Event] = []
    for event in events:
        if known[event] > 0:
            known[event] -= 1
        else:
            fresh.append(event)
    return tuple(fresh)
