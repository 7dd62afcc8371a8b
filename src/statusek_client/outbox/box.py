"""Outbox: the public class.

What users say and see lives here; the file is in `store`, the delivery in `delivery`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable
from os import PathLike, fsdecode
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, overload

from statusek_client.flows import Flow, Work
from statusek_client.outbox.delivery import Round, Tell, deliver
from statusek_client.outbox.post import Flushed, Outcome, Post
from statusek_client.outbox.store import Store

if TYPE_CHECKING:
    from statusek_client.async_client import AsyncStatusekClient
    from statusek_client.client import StatusekClient
    from statusek_client.outbox.background import TaskKeeper, ThreadKeeper

LIMIT: Final = 10_000
LIMIT_BYTES: Final = 64 * 1024 * 1024


def _tell_nobody(_: Post, __: Outcome) -> None:
    """Stand where nobody wants to know."""


class Outbox:
    """A durable queue of statuses in a file; pass it as `outbox=` to a client.

    A client that has one keeps a status that cannot be delivered, and the later ones of that
    instance behind it, and delivers them in order in the background when the server is back; so
    does `flush`, and the command ``statusek outbox flush``. Safe to share between clients, threads
    and processes, to fork, and to pickle: what arrives uses the file of the same path.

    Args:
        path: the file; it is made, readable for its owner only, when it is not there.
        limit: how many posts are kept at most, refused ones included; when it is full, setting a
            status fails as it does without an outbox.
        limit_bytes: how many bytes of text are kept at most.
        background: whether clients deliver by themselves; if not, somebody has to flush.
        drain: how long closing a client may take to deliver what is left, in seconds; the end of
            the interpreter closes a client that nobody has closed.
        clock: tells the time that a post is made, in seconds since 1970.

    Raises:
        OutboxError: the file cannot be used.
        TypeError, ValueError: an argument cannot be meant so.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        limit: int = LIMIT,
        limit_bytes: int = LIMIT_BYTES,
        background: bool = True,
        drain: float = 2.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if limit < 1 or limit_bytes < 1:
            raise ValueError(
                f"limit is {limit} and limit_bytes {limit_bytes}; expected 1 or more of both"
            )
        if not 0 <= drain < math.inf:
            raise ValueError(f"drain is {drain}; expected seconds, 0 or more")
        self.background = background
        self.drain = drain
        self.clock = clock
        self._limits = limit, limit_bytes
        self.store = Store(Path(fsdecode(path)).resolve(), limit=limit, limit_bytes=limit_bytes)

    def __repr__(self) -> str:
        return f"<Outbox {self.store.path}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return self.recipe()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the posts stay in it. Close the clients that use it before."""
        self.store.close()

    @property
    def path(self) -> Path:
        """The file."""
        return self.store.path

    def pending(self) -> tuple[Post, ...]:
        """Return the posts that wait to be delivered, oldest first."""
        return self.store.pending()

    def refused(self) -> tuple[Post, ...]:
        """Return the posts that a server has refused, oldest first."""
        return self.store.refused()

    def discard(self, post: Post) -> bool:
        """Forget a post, such as a refused one that somebody has looked at.

        Returns:
            whether it was there.
        """
        return self.store.discard(post.id)

    def retry(self, post: Post) -> bool:
        """Put a refused post back to where it was in the queue.

        Returns:
            whether it was there.
        """
        return self.store.retry(post.id)

    @overload
    def flush(
        self,
        client: StatusekClient,
        *,
        timeout: float | None = None,
        kept_for: str | None = None,
        tell: Tell = ...,
    ) -> Flushed: ...

    @overload
    def flush(
        self,
        client: AsyncStatusekClient,
        *,
        timeout: float | None = None,
        kept_for: str | None = None,
        tell: Tell = ...,
    ) -> Awaitable[Flushed]: ...

    def flush(
        self,
        client: StatusekClient | AsyncStatusekClient,
        *,
        timeout: float | None = None,
        kept_for: str | None = None,
        tell: Tell = _tell_nobody,
    ) -> Flushed | Awaitable[Flushed]:
        """Deliver what is pending for a client's server, in order, and stop where that is away.

        Where another thread or process is delivering, this waits for its turn.

        Args:
            client: a client of that server; with an async one the result is to be awaited.
            timeout: how long it may take, in seconds; None for as long as it takes.
            kept_for: deliver what was kept for another address instead: that of the same server,
                before it moved.
            tell: called with each post and its outcome.

        Raises:
            OutboxError: the file cannot be used.
        """
        round_ = Round(
            store=self.store,
            server=client.server if kept_for is None else kept_for.rstrip("/"),
            terms=client.terms,
            now=self.clock,
            deadline=None if timeout is None else client.terms.clock() + timeout,
            tell=tell,
        )
        return client.perform(_flush(round_))

    # for clients

    def recipe(self) -> tuple[Callable[..., Outbox], tuple[Any, ...]]:
        """Return what makes one like this again, in this process or another."""
        settings = (*self._limits, self.background, self.drain, self.clock)
        return _reopened, (type(self), str(self.path), *settings)

    def fullness(self) -> str:
        """Say that it is full."""
        posts, size = self._limits
        return f"the outbox {self.store.path} is full ({posts} posts, {size} bytes)"

    def keeper(self, client: StatusekClient) -> ThreadKeeper:
        """Return what keeps and delivers a client's statuses."""
        from statusek_client.outbox.background import ThreadKeeper

        return ThreadKeeper(self, client)

    def async_keeper(self, client: AsyncStatusekClient) -> TaskKeeper:
        """Return what keeps and delivers an async client's statuses."""
        from statusek_client.outbox.background import TaskKeeper

        return TaskKeeper(self, client)


def _reopened(
    kind: type[Outbox],
    path: str,
    limit: int,
    limit_bytes: int,
    background: bool,
    drain: float,
    clock: Callable[[], float],
) -> Outbox:
    return kind(
        path,
        limit=limit,
        limit_bytes=limit_bytes,
        background=background,
        drain=drain,
        clock=clock,
    )


def _flush(this: Round) -> Flow[Flushed]:
    tally = yield from deliver(this)
    pending, _ = yield Work(lambda: this.store.count(this.server))
    return Flushed(delivered=tally.delivered, refused=tally.refused, pending=pending)
