"""Delivering: what is done with the posts of a server, one after the other.

A flow, as those in `flows`: it runs in threads and event loops alike, and a test can stop it at
any step, as a crash would. The rules: posts of one instance go in order, one at a time; before one
is sent, the file says that it may have been; one that may have been is asked about first; trouble
with one instance holds back no other, trouble with the server itself ends the round.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

import attrs

from statusek_client import calls, flows, wire
from statusek_client.errors import (
    AlreadySetError,
    InstanceNotFoundError,
    OutboxError,
    RefusedError,
    StatusekError,
    StatusNotFoundError,
    StorageError,
    TransportError,
    UnauthorizedError,
)
from statusek_client.fields import NotUnderstoodError
from statusek_client.flows import Flow, Pause, Terms, Work
from statusek_client.outbox.late import marked
from statusek_client.outbox.post import DELIVERED, Outcome, Post
from statusek_client.outbox.store import Store
from statusek_client.outbox.turn import Turn
from statusek_client.retry import RetryPolicy

SECOND_LOOK: Final = 60.0
"""Seconds after which an original server that finds something missing is believed: those whose
database is away say so, too."""

_WAITING = RetryPolicy(first_delay=0.05, max_delay=1.0)
"""The pauses between looks whether another process has ended its turn."""

Tell = Callable[[Post, Outcome], None]


class Patience:
    """How long an instance with trouble is left alone, ever longer; for the time of a process."""

    def __init__(
        self, policy: RetryPolicy | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._policy = policy or RetryPolicy(first_delay=1.0, max_delay=60.0)
        self._clock = clock
        self._troubled: dict[str, tuple[int, float]] = {}

    def allows(self, token: str) -> bool:
        """Return whether an instance may be tried now."""
        return token not in self._troubled or self._troubled[token][1] <= self._clock()

    def failed(self, token: str) -> None:
        """Note trouble with an instance."""
        failures = self._troubled.get(token, (0, 0.0))[0] + 1
        self._troubled[token] = (failures, self._clock() + self._policy.pause(failures))

    def went_well(self, token: str) -> None:
        """Forget the trouble with an instance."""
        self._troubled.pop(token, None)

    def longest(self) -> float:
        """Return the seconds until the next instance may be tried again; 0 where none waits."""
        moments = [until for _, until in self._troubled.values()]
        return max(0.0, min(moments) - self._clock()) if moments else 0.0


@attrs.define
class Tally:
    """What a round has done so far; `trouble` is what the server itself ended it with."""

    delivered: int = 0
    refused: int = 0
    trouble: StatusekError | None = None


@attrs.frozen(kw_only=True)
class Round:
    """One round through the pending posts of a server.

    Args:
        store: holds them.
        server: the server that they were kept for.
        terms: on what terms each is sent.
        now: the time, in seconds since 1970.
        deadline: when to be through, on the clock of the terms; None for whenever.
        is_stopped: whether to stop before the next post.
        tell: told of each post's outcome.
        patience: which instances to leave alone.
        most_troubles: instances in a row with trouble, after which the server is left alone; None
            for never.
    """

    store: Store
    server: str
    terms: Terms
    now: Callable[[], float] = time.time
    deadline: float | None = None
    is_stopped: Callable[[], bool] = lambda: False
    tell: Tell = lambda post, outcome: None  # noqa: ARG005
    patience: Patience = attrs.field(factory=Patience)
    most_troubles: int | None = None

    def is_over(self) -> bool:
        """Return whether no further post is to be sent."""
        return self.is_stopped() or (self.deadline is not None and self._left() <= 0)

    def terms_now(self) -> Terms:
        """Return the terms for one post, which is not to take longer than the round."""
        if self.deadline is None:
            return self.terms
        return attrs.evolve(self.terms, timeout=min(self.terms.timeout, max(self._left(), 0.001)))

    def _left(self) -> float:
        return (self.deadline or 0.0) - self.terms.clock()


def deliver(this: Round) -> Flow[Tally]:
    """Deliver what is pending, when it is this caller's turn."""
    tally, turn = Tally(), Turn(this.store.path, this.server)
    try:
        looks = 0
        while not (yield Work(turn.take)):
            if this.is_over():
                return tally
            looks += 1
            yield Pause(_WAITING.pause(looks))
        yield from _deliver_all(this, tally)
    finally:
        turn.release()
    return tally


def _deliver_all(this: Round, tally: Tally) -> Flow[None]:
    troubles = 0
    tokens: tuple[str, ...] = yield Work(partial(this.store.tokens, this.server))
    for token in tokens:
        if this.is_over():
            return
        if not this.patience.allows(token):
            continue
        trouble = yield from _deliver_instance(this, token, tally)
        if trouble is None:
            this.patience.went_well(token)
            troubles = 0
            continue
        this.patience.failed(token)
        troubles += 1
        if _is_of_the_server(trouble) or troubles == this.most_troubles:
            tally.trouble = trouble
            return


def _deliver_instance(this: Round, token: str, tally: Tally) -> Flow[StatusekError | None]:
    """Deliver the posts of one instance, until there is trouble with one, which is returned."""
    post: Post | None = yield Work(partial(this.store.begin, this.server, token))
    while post is not None:
        judged = yield from _try(post, this)
        outcome = judged.outcome
        tally.delivered += outcome.kind == "delivered"
        tally.refused += outcome.kind == "refused"
        go_on = outcome.kind != "kept" and not this.is_over()
        following = yield Work(partial(this.store.settle, post, outcome, go_on=go_on))
        this.tell(post, outcome)
        if outcome.kind == "kept":
            return judged.error
        post = following
    return None


class _Judged(NamedTuple):
    """What became of a try, and the error that it ended in."""

    outcome: Outcome
    error: StatusekError | None = None


def _try(post: Post, this: Round) -> Flow[_Judged]:
    call, terms = _call(post), this.terms_now()
    try:
        if post.is_doubtful and (yield from flows.read(calls.reading_back(call), terms)):
            return _Judged(DELIVERED)
        yield from flows.set_status(call, terms)
    except OutboxError:
        raise
    except StatusekError as error:
        return _Judged(judged(post, error, this.now()), error)
    return _Judged(DELIVERED)


def _call(post: Post) -> calls.Call[None]:
    text = marked(post.status_message, post.made)
    # Another body is another request, which a server takes under another key only.
    key = post.key if text == post.status_message else f"{post.key}-late"
    return calls.set_status(post.token, post.status_name, text, key)


def judged(post: Post, error: StatusekError, now: float) -> Outcome:
    """Return what becomes of a post whose delivery has ended in an error.

    Args:
        post: the post, as it was before.
        error: what it ended in.
        now: the time, in seconds since 1970.
    """
    if post.is_doubtful and isinstance(error, AlreadySetError):
        return DELIVERED  # by that earlier try
    missing_since = None
    if isinstance(error, InstanceNotFoundError | StatusNotFoundError) and not _has_code(error):
        missing_since = now if post.missing_since is None else post.missing_since
        is_final = now - missing_since >= SECOND_LOOK
    else:
        is_final = _is_verdict(error)
    if is_final:
        return Outcome(kind="refused", reason=str(error))
    return Outcome(
        kind="kept",
        reason=str(error),
        is_doubtful=post.is_doubtful or _may_have_arrived(error),
        missing_since=missing_since,
    )


def _is_verdict(error: StatusekError) -> bool:
    """Return whether the server has decided on this very post, and would decide so again."""
    return isinstance(error, RefusedError) and not isinstance(
        error, StorageError | UnauthorizedError
    )


def _may_have_arrived(error: StatusekError) -> bool:
    if isinstance(error, TransportError):
        return error.fate == "unknown"
    return not isinstance(error, RefusedError) or isinstance(error, StorageError)


def _is_of_the_server(error: StatusekError) -> bool:
    """Return whether every other post would end the same way."""
    return flows.was_not_sent(error) or isinstance(error, UnauthorizedError)


def _has_code(error: RefusedError) -> bool:
    """Return whether the answer is a server's of ours, which does not take trouble for a fact."""
    try:
        return error.answer is not None and wire.taken_apart(error.answer).code is not None
    except NotUnderstoodError:
        return False
