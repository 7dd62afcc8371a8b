"""The keeper: what a client does with its outbox.

Here lives when a status is kept, in which order it goes, and when the background tries again; no
I/O. The background itself, a thread or a task, is in `background`.
"""

from __future__ import annotations

import logging
import os
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

import attrs

from statusek_client.errors import OutboxError, StatusekError, TransportError, shortened
from statusek_client.flows import Flow, Terms, Work
from statusek_client.outbox.delivery import Patience, Round, Tally, deliver
from statusek_client.outbox.post import NewPost, Outcome, Post
from statusek_client.retry import RetryPolicy, is_passing

if TYPE_CHECKING:
    from statusek_client.outbox.box import Outbox

logger = logging.getLogger("statusek_client")

_PAUSES: Final = RetryPolicy(first_delay=0.5, max_delay=30.0)
"""The pauses of the background while the server is away."""

_ONCE: Final = RetryPolicy(retries=0)
"""The background has pauses of its own."""

_SHORTEST: Final = 0.05  # seconds
_MOST_TROUBLES: Final = 3


class Keeper:
    """One client's use of an outbox: keeps what is not delivered, and says when to try again.

    Args:
        outbox: where statuses are kept.
        server: the server that they belong to.
        terms: on what terms they are sent.
    """

    def __init__(self, outbox: Outbox, server: str, terms: Terms) -> None:
        self._outbox = outbox
        self._server = server
        self._terms = terms
        self._patience = Patience()
        self._failures = 0
        self._is_closed = False
        self._process = os.getpid()

    def keeping(
        self, setting: Flow[None], token: str, status_name: str, text: str | None, key: str
    ) -> Flow[None]:
        """Set a status, or keep it: where it gets no answer, and where another one waits before it.

        Args:
            setting: sets it.
            token: the instance.
            status_name: the status.
            text: its message.
            key: its idempotency key.
        """
        post = NewPost(
            server=self._server,
            token=token,
            status_name=status_name,
            status_message=text,
            key=key,
        )
        if (yield Work(partial(self._holds, post))):
            yield Work(partial(self._keep, post))
            return self.added(_PAUSES.pause(1))
        try:
            yield from setting
        except StatusekError as error:
            if not is_passing(error):
                raise
            yield Work(partial(self._keep, post, error))
            return self.added(_PAUSES.pause(1))
        return self.answered()

    def resume(self) -> Flow[None]:
        """Begin to deliver what others have left, such as a process that has died."""
        if (yield Work(partial(self._outbox.store.is_pending, self._server))):
            self.added(0.0)

    def added(self, pause: float) -> None:
        """Deliver in the background from now on, as there is something to deliver.

        Args:
            pause: seconds before the first try, where nobody tries already.
        """
        raise NotImplementedError

    def answered(self) -> None:
        """Try again now: the server has just answered."""
        raise NotImplementedError

    def step(self) -> Flow[float | None]:
        """Deliver what can be delivered; return seconds until the next step, None for no more."""
        store = self._outbox.store
        try:
            tally = yield from deliver(self._round())
            is_pending: bool = yield Work(partial(store.is_pending, self._server))
        except StatusekError as error:
            logger.warning("statuses are not delivered: %s", error)
            self._failures += 1
            return _PAUSES.pause(self._failures)
        return self._pause(tally) if is_pending and not self._is_closed else None

    def last_step(self, deadline: float) -> Flow[None]:
        """Deliver what can be delivered until a deadline, and say what is left."""
        store = self._outbox.store
        try:
            if self._terms.clock() < deadline and (
                yield Work(partial(store.is_pending, self._server))
            ):
                yield from deliver(self._round(deadline))
        except StatusekError as error:
            logger.warning("statuses are not delivered: %s", error)
        yield Work(self.say_what_is_left)

    def say_what_is_left(self) -> None:
        """Warn of what the outbox still holds for the server."""
        store = self._outbox.store
        try:
            pending, refused = store.count(self._server)
        except StatusekError as error:
            logger.warning("what is left in the outbox cannot be known: %s", error)
            return
        if pending or refused:
            logger.warning(
                "the outbox %s still holds for %s: %d pending, %d refused; "
                "see 'statusek outbox list' and 'statusek outbox flush'",
                store.path,
                self._server,
                pending,
                refused,
            )

    def _round(self, deadline: float | None = None) -> Round:
        is_last = deadline is not None
        return Round(
            store=self._outbox.store,
            server=self._server,
            terms=attrs.evolve(self._terms, policy=_ONCE),
            now=self._outbox.clock,
            deadline=deadline,
            is_stopped=lambda: self._is_closed and not is_last,
            tell=_tell,
            patience=self._patience,
            most_troubles=_MOST_TROUBLES,
        )

    def _pause(self, tally: Tally) -> float:
        if tally.delivered or tally.trouble is None:
            self._failures = 0
        if tally.trouble is None:
            return max(_SHORTEST, self._patience.longest())
        self._failures += 1
        return _PAUSES.pause(self._failures)

    def _holds(self, post: NewPost) -> bool:
        try:
            return self._outbox.store.holds(post.server, post.token)
        except OutboxError as error:
            _unkept(post, None, f"whether others wait before it cannot be known: {error}", error)

    def _keep(self, post: NewPost, error: StatusekError | None = None) -> None:
        trouble = None if error is None else str(error)
        try:
            is_kept = self._outbox.store.add(
                post,
                made=self._outbox.clock(),
                is_doubtful=error is not None and not _was_not_sent(error),
                trouble=trouble,
            )
        except OutboxError as failure:
            _unkept(post, error, str(failure), failure)
        if not is_kept:
            _unkept(post, error, self._outbox.fullness())
        logger.info("kept %r on instance %s", post.status_name, shortened(post.token))


def _was_not_sent(error: StatusekError) -> bool:
    return isinstance(error, TransportError) and error.fate == "not sent"


def _unkept(
    post: NewPost, error: StatusekError | None, why: str, cause: OutboxError | None = None
) -> NoReturn:
    """Fail as without an outbox, and say why it was of no help."""
    if error is not None:
        raise attrs.evolve(error, message=f"{error.message}; not kept: {why}") from (cause or error)
    raise TransportError(
        message=f"neither sent nor kept: {why}",
        fate="not sent",
        token=post.token,
        status_name=post.status_name,
    ) from cause


def _tell(post: Post, outcome: Outcome) -> None:
    level = logging.WARNING if outcome.kind == "refused" else logging.INFO
    logger.log(
        level,
        "a late %r on instance %s was %s%s",
        post.status_name,
        shortened(post.token),
        outcome.kind,
        f": {outcome.reason}" if outcome.reason else "",
    )
