"""What takes more than one request, or a pause: retrying, reading back, waiting, watching.

Each flow is a generator over values: it yields Send (it gets the decoded result, or the error
thrown in), Work and Pause, and returns its result. No flow touches a socket or sleeps; a driver of
a few lines does (`client`, `async_client`), and a test steps through a flow by hand.

Two rules hold for all. Time: one deadline bounds a whole call with its retries. Repeating: a read
is repeated freely; a set is repeated only after it was not sent, or after a read-back showed that
it was not done; a create only when it was not sent, since nothing could tell whether it was done.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import attrs

from statusek_client import calls
from statusek_client.calls import Call
from statusek_client.errors import (
    AlreadySetError,
    AnswerError,
    InstanceNotFoundError,
    RefusedError,
    StatusekError,
    StorageError,
    TransportError,
    WaitTimeoutError,
    shortened,
)
from statusek_client.results import Event, Finish
from statusek_client.retry import POLLING, Policy, is_passing

if TYPE_CHECKING:
    from statusek_client.modern import ModelStatus

Result = TypeVar("Result")

LONGEST_HOLD = 20.0
"""Seconds that a server is asked to hold an answer; proxies cut connections that rest longer."""


class Send(NamedTuple):
    """Send this call; the answer has to be there at `deadline`, on the clock of the terms."""

    call: Call[Any]
    deadline: float


class Pause(NamedTuple):
    """Do nothing for so many seconds."""

    seconds: float


class Work(NamedTuple):
    """Do this, which may block as long as a disk writes; its result or error comes back."""

    do: Callable[[], object]


Flow = Generator[Send | Pause | Work, Any, Result]


@attrs.frozen(kw_only=True)
class Terms:
    """On what terms a client calls: seconds per call, the retry policy, the (monotonic) clock."""

    timeout: float
    policy: Policy
    clock: Callable[[], float] = time.monotonic

    def __attrs_post_init__(self) -> None:
        seconds = cast("object", self.timeout)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise TypeError(f"timeout is a {type(seconds).__name__}; expected seconds")
        if not seconds > 0:
            raise ValueError(f"timeout is {seconds}; expected more than 0 seconds")

    def deadline(self) -> float:
        """Return when a call that begins now has to be over."""
        return self.clock() + self.timeout


def read(call: Call[Result], terms: Terms) -> Flow[Result]:
    """Send a call that changes nothing, again after passing trouble."""
    return _repeat(call, terms, _always)


def once(call: Call[Result], terms: Terms) -> Flow[Result]:
    """Send a call that must not be done twice: again only when it was not sent."""
    return _repeat(call, terms, was_not_sent)


def set_status(post: Call[None], terms: Terms, doubt: StatusekError | None = None) -> Flow[None]:
    """Set a status; after a try of unknown fate, ask whether it is set before trying again.

    What an own try of unknown fate has caused ("already set", or "finished" with the status there)
    is that try's success. `doubt` is what an earlier try of that kind ended in.
    """
    deadline = terms.deadline()
    is_open = doubt is not None  # nobody could say yet whether that try arrived
    attempt = 0
    while True:
        attempt += 1
        failure = doubt if is_open else (yield from _failure_of(Send(post, deadline)))
        if failure is None or (doubt is not None and isinstance(failure, AlreadySetError)):
            return
        if _may_have_acted(failure):
            doubt = failure
        if doubt is not None:
            is_set = yield from _known(Send(calls.reading_back(post), deadline))
            if is_set:
                return
            is_open = is_set is None
        is_verdict = not is_open and isinstance(failure, RefusedError)
        trouble = failure if doubt is None or is_verdict else doubt
        delay = _delay(terms, attempt, trouble, deadline)
        if delay is None:
            raise trouble
        yield Pause(delay)


def wait(token: str, terms: Terms, timeout: float) -> Flow[Finish]:
    """Wait until an instance is finished, at most `timeout` seconds; see `_until`.

    Raises:
        WaitTimeoutError: the time passed first.
    """

    def ask(hold: int, deadline: float) -> Flow[tuple[Finish, bool]]:
        call = calls.noticing_hold(calls.check_is_finished(token, hold))
        held: tuple[Finish, bool] = yield Send(call, deadline)
        return held

    return (yield from _until(ask, bool, token, terms, terms.clock() + timeout))


class News(NamedTuple):
    """What watching brings: the events not seen before, and whether there will be no more."""

    events: tuple[Event, ...]
    is_last: bool


def watch(token: str, seen: Counter[Event], terms: Terms, end: float) -> Flow[News]:
    """Wait until there are events that were not seen, or the instance is finished.

    Originals answer events in any order and may show one twice, so what is new is found by value,
    never by position.

    Raises:
        WaitTimeoutError: `end` came first.
    """

    def ask(hold: int, deadline: float) -> Flow[tuple[News, bool]]:
        call = calls.noticing_hold(calls.get_events(token, seen.total(), hold))
        events, was_held = yield Send(call, deadline)
        fresh = _unseen(events, seen)
        if fresh:
            return News(fresh, is_last=False), was_held
        finish = yield Send(calls.check_is_finished(token), deadline)
        if finish:
            events = yield Send(calls.get_events(token), deadline)
        return News(_unseen(events, seen), bool(finish)), was_held

    def brings_something(news: News) -> bool:
        return bool(news.events) or news.is_last

    return (yield from _until(ask, brings_something, token, terms, end))


def missing(token: str, object_name: str | None, terms: Terms) -> Flow[tuple[ModelStatus, ...]]:
    """Find the mandatory statuses that have not come, in the order of the model."""
    from statusek_client import modern

    if object_name is None:
        object_name = yield from read(modern.object_of_instance(token), terms)
    model = yield from read(modern.model(object_name), terms)
    events = yield from read(calls.get_events(token), terms)
    present = {event.status_name for event in events}
    return tuple(status for status in model.mandatory if status.name not in present)


# The steps


def _repeat(
    call: Call[Result], terms: Terms, may_repeat: Callable[[StatusekError], bool]
) -> Flow[Result]:
    deadline = terms.deadline()
    attempt = 0
    while True:
        attempt += 1
        try:
            result: Result = yield Send(call, deadline)
        except StatusekError as error:
            delay = _delay(terms, attempt, error, deadline) if may_repeat(error) else None
            if delay is None:
                raise
        else:
            return result
        yield Pause(delay)


def _until(
    ask: Callable[[int, float], Flow[tuple[Result, bool]]],
    is_enough: Callable[[Result], bool],
    token: str,
    terms: Terms,
    end: float,
) -> Flow[Result]:
    """Ask until the answer is enough, or `end` comes.

    The server is asked to hold its answer; one that does not is asked again after ever longer
    pauses. Passing trouble ends it only before the first answer (then the policy decides), and a
    "not found" of what was there before gets a second look.
    """
    clock = terms.clock
    begin = clock()
    answers = failures = 0
    trouble: StatusekError | None = None
    while True:
        asked = clock()
        hold = max(0, int(min(LONGEST_HOLD, end - asked - 0.5)))
        limit = asked + hold + terms.timeout
        was_held = False
        try:
            result, was_held = yield from ask(hold, limit if end <= begin else min(limit, end))
            answers, failures, trouble = answers + 1, 0, None
            if is_enough(result):
                return result
        except StatusekError as error:
            failures, trouble = failures + 1, error
            if not _is_bearable(error, failures, answers, terms):
                raise
        left = end - clock()
        if left <= 0:
            raise _too_late(token, end - begin) from trouble
        if not was_held or clock() - asked < hold / 2:
            pause = POLLING.pause(failures or answers)
            yield Pause(min(pause, left / 2 if left > 0.05 else left))


def _is_bearable(error: StatusekError, failures: int, answers: int, terms: Terms) -> bool:
    if answers == 0:
        return isinstance(terms.policy(failures, error), float)
    return is_passing(error) or (isinstance(error, InstanceNotFoundError) and failures == 1)


def _too_late(token: str, timeout: float) -> WaitTimeoutError:
    return WaitTimeoutError(
        message=f"instance {shortened(token)} is not finished after {timeout:.4g} seconds",
        token=token,
    )


def _delay(terms: Terms, attempt: int, error: StatusekError, deadline: float) -> float | None:
    delay = terms.policy(attempt, error)
    return None if delay is None or terms.clock() + delay >= deadline else delay


def _failure_of(send: Send) -> Flow[StatusekError | None]:
    try:
        yield send
    except StatusekError as error:
        return error
    return None


def _known(send: Send) -> Flow[bool | None]:
    try:
        answer: bool = yield send
    except StatusekError:
        return None
    return answer


def was_not_sent(error: StatusekError) -> bool:
    """Return whether the server cannot have seen the request."""
    return isinstance(error, TransportError) and error.fate == "not sent"


def _may_have_acted(error: StatusekError) -> bool:
    return isinstance(error, TransportError | AnswerError | StorageError) and not was_not_sent(
        error
    )


def _always(_: StatusekError) -> bool:
    return True


def _unseen(events: tuple[Event, ...], seen: Counter[Event]) -> tuple[Event, ...]:
    return tuple((Counter(events) - seen).elements())
