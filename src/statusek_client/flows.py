"""What takes more than one request, or a pause: retrying and reading back.

Each flow is a generator over values: it yields Send (it gets the decoded result, or the error
thrown in), Work and Pause, and returns its result. No flow touches a socket or sleeps; a driver of
a few lines does (`client`, `async_client`), and a test steps through a flow by hand. Waiting and
watching are in `waiting`.

Three rules hold for all. Time: one deadline bounds a whole call with its retries. Repeating: a read
is repeated freely; what changes something is repeated only after it was not sent, or where the
server's answer shows that it keeps idempotency keys, or (a set) where a read-back shows that it was
not done. Doubt: a "not found" of what was seen before gets a second look.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any, Final, NamedTuple, TypeVar, cast

import attrs

from statusek_client import calls
from statusek_client.acquaintance import Acquaintance
from statusek_client.calls import Call
from statusek_client.errors import (
    AlreadySetError,
    AnswerError,
    RefusedError,
    StatusekError,
    StorageError,
    TransportError,
)
from statusek_client.retry import Policy

Result = TypeVar("Result")

SECOND_LOOK: Final = 0.25
"""Seconds before it is asked again for something that was there and is said not to be."""


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
    """On what terms a client calls.

    `timeout` is in seconds for a whole call; `verify` reads back each set; `clock` is monotonic;
    `seen` is what the client has seen exist.
    """

    timeout: float
    policy: Policy
    verify: bool = False
    clock: Callable[[], float] = time.monotonic
    seen: Acquaintance = attrs.field(factory=Acquaintance, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        calls.check_seconds("timeout", self.timeout)
        if not callable(cast("object", self.policy)):
            kind = type(self.policy).__name__
            raise TypeError(f"retry is a {kind}; expected RetryPolicy(retries=…), or a function")

    def within(self, timeout: float | None, *, verify: bool | None = None) -> Terms:
        """Return these terms with another timeout, or another mind about reading back."""
        if timeout is None and verify is None:
            return self
        return attrs.evolve(
            self,
            timeout=self.timeout if timeout is None else timeout,
            verify=self.verify if verify is None else verify,
        )

    def deadline(self) -> float:
        """Return when a call that begins now has to be over."""
        return self.clock() + self.timeout


def read(call: Call[Result], terms: Terms) -> Flow[Result]:
    """Send a call that changes nothing, again after passing trouble."""
    return _repeat(call, terms, _always)


def once(call: Call[Result], terms: Terms) -> Flow[Result]:
    """Send a call that must not be done twice: again only when it was not sent."""
    return _repeat(call, terms, was_not_sent)


def create(call: Call[str], terms: Terms, *, accept_orphan: bool = False) -> Flow[str]:
    """Create an instance; after a try of unknown fate again only where that is safe.

    It is where the server keeps idempotency keys, which it is asked then, or where the caller
    accepts that an instance may be left over that nobody knows and that times out.
    """
    deadline = terms.deadline()
    is_safe = accept_orphan
    doubt: StatusekError | None = None  # what a try of unknown fate has ended in
    attempt = 0
    while True:
        attempt += 1
        try:
            return (yield from asked(call, deadline, terms))
        except StatusekError as error:
            failure = error
        delay = _delay(terms, attempt, failure, deadline)
        if delay is not None and not is_safe and not was_not_sent(failure):
            is_safe = bool((yield from _answered(calls.keeping_keys(), deadline)))
            delay = _delay(terms, attempt, failure, deadline) if is_safe else None
        if _may_have_acted(failure):
            doubt = failure
        if delay is None:
            raise doubt if doubt is not None and was_not_sent(failure) else failure
        yield Pause(delay)


def set_status(
    post: Call[None],
    terms: Terms,
    *,
    smaller: Callable[[], Call[None]] | None = None,
) -> Flow[None]:
    """Set a status; after a try of unknown fate, ask whether it is set before trying again.

    What an own try of unknown fate has caused ("already set", or "finished" with the status there)
    is that try's success; a server that keeps idempotency keys tells by itself whose it was.

    Args:
        post: the call.
        terms: the client's.
        smaller: makes the call with a shorter message, for a server that finds it too large.
    """
    deadline = terms.deadline()
    setting = _Setting(post)
    attempt = 0
    while True:
        attempt += 1
        failure = setting.doubt
        if not setting.is_open:
            failure = yield from _failure_of(setting.post, deadline, terms)
        if smaller is not None and _is_too_large(failure):
            setting.post, smaller = smaller(), None
            continue
        if failure is None and terms.verify:
            failure = yield from _lie(setting.post, deadline)
        if failure is None or setting.has_caused(failure):
            return
        if setting.take(failure):
            answer = yield from _answered(calls.reading_back(post), deadline)
            if setting.is_settled_by(answer):
                return
        trouble = setting.trouble(failure)
        delay = _delay(terms, attempt, trouble, deadline)
        if delay is None and not setting.is_there:
            raise trouble
        if delay is None:
            return
        yield Pause(delay)


class _Setting:
    """How far the setting of a status has come.

    `doubt` is what a try of unknown fate ended in; `is_open` says that nobody could tell yet
    whether it arrived, `is_there` that the status is set, by whomever; `keeps_keys` that the
    server tells the caller's own set from others'.
    """

    def __init__(self, post: Call[None]) -> None:
        self.post = post
        self.doubt: StatusekError | None = None
        self.is_open = False
        self.is_there = False
        self.keeps_keys = False

    def has_caused(self, failure: StatusekError) -> bool:
        """Return whether a refusal is what an own earlier try has caused."""
        is_own = self.doubt is not None and not self.keeps_keys
        return is_own and isinstance(failure, AlreadySetError)

    def take(self, failure: StatusekError) -> bool:
        """Take what a try has ended in; return whether the status is to be read back."""
        if self.keeps_keys and _is_verdict(failure):
            self.is_there = False  # not by this caller, or it would have been a success
            return False
        if _may_have_acted(failure):
            self.doubt = failure
        return self.doubt is not None

    def is_settled_by(self, answer: calls.ReadBack | None) -> bool:
        """Return whether a read-back shows that the status is set, and by no other."""
        self.is_open = answer is None
        self.is_there = bool(answer)
        if answer is not None:
            self.keeps_keys = answer.keeps_keys
        return self.is_there and not self.keeps_keys

    def trouble(self, failure: StatusekError) -> StatusekError:
        """Return what to tell the caller if this was the last try."""
        is_told = not self.is_open and _is_verdict(failure)
        return failure if self.doubt is None or is_told else self.doubt


# The steps


def asked(call: Call[Result], deadline: float, terms: Terms) -> Flow[Result]:
    """Send a call once; a "not found" of what was there before gets a second look."""
    try:
        result: Result = yield Send(call, deadline)
    except RefusedError as error:
        if not terms.seen.has_seen(error):
            raise
        yield Pause(min(SECOND_LOOK, max(0.0, (deadline - terms.clock()) / 2)))
        try:
            result = yield Send(call, deadline)
        except RefusedError as second:
            terms.seen.forget(second)
            raise
    terms.seen.meet(call, result)
    return result


def _repeat(
    call: Call[Result], terms: Terms, may_repeat: Callable[[StatusekError], bool]
) -> Flow[Result]:
    deadline = terms.deadline()
    attempt = 0
    while True:
        attempt += 1
        try:
            return (yield from asked(call, deadline, terms))
        except StatusekError as error:
            delay = _delay(terms, attempt, error, deadline) if may_repeat(error) else None
            if delay is None:
                raise
        yield Pause(delay)


def _delay(terms: Terms, attempt: int, error: StatusekError, deadline: float) -> float | None:
    delay = terms.policy(attempt, error)
    if delay is None:
        return None
    delay = max(0.0, delay)  # a policy of the caller may compute anything
    return None if terms.clock() + delay >= deadline else delay


def _failure_of(call: Call[None], deadline: float, terms: Terms) -> Flow[StatusekError | None]:
    try:
        yield from asked(call, deadline, terms)
    except StatusekError as error:
        return error
    return None


def _answered(call: Call[Result], deadline: float) -> Flow[Result | None]:
    try:
        answer: Result = yield Send(call, deadline)
    except StatusekError:
        return None
    return answer


def _lie(post: Call[None], deadline: float) -> Flow[StatusekError | None]:
    """Read back a set that was answered with a success; what is wrong with that, if anything."""
    try:
        is_set = yield Send(calls.reading_back(post), deadline)
    except StatusekError as error:
        return error if _may_have_acted(error) else _unverified(post, error)
    if is_set:
        return None
    message = "the server says that it set the status, and then that it is not set"
    return StorageError(message=message, **post.facts())


def _unverified(post: Call[None], error: StatusekError) -> StatusekError:
    message = f"the status was set, which could not be verified: {error.message}"
    unknown = TransportError(message=message, fate="unknown", **post.facts())
    unknown.__cause__ = error
    return unknown


def was_not_sent(error: StatusekError) -> bool:
    """Return whether the server cannot have seen the request."""
    return isinstance(error, TransportError) and error.fate == "not sent"


def _may_have_acted(error: StatusekError) -> bool:
    is_doubtful = isinstance(error, TransportError | AnswerError | StorageError)
    return is_doubtful and not was_not_sent(error) and not _is_too_large(error)


def _is_verdict(error: StatusekError) -> bool:
    return isinstance(error, RefusedError) and not isinstance(error, StorageError)


def _is_too_large(error: StatusekError | None) -> bool:
    return (
        isinstance(error, AnswerError)
        and error.answer is not None
        and error.answer.status_code == 413
    )


def _always(_: StatusekError) -> bool:
    return True
