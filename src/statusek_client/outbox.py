"""The outbox: statuses that could not be delivered, kept in a file until they can.

Only keeping and delivering lives here. Posts of one instance keep their order; a post of which an
earlier try may have arrived is read back before it is sent again; one that the server refuses is
kept aside with the reason, so that nothing vanishes. The SQL is in `outbox.sql`.
"""

import re
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from importlib.resources import files
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, overload

import attrs

from statusek_client import calls, flows
from statusek_client.errors import (
    RefusedError,
    StatusekError,
    StorageError,
    TransportError,
    UnauthorizedError,
)

if TYPE_CHECKING:
    from statusek_client.async_client import AsyncStatusekClient
    from statusek_client.client import StatusekClient


@attrs.frozen(kw_only=True)
class Post:
    """One status that was set and not delivered.

    `made` is when it was set (seconds since 1970); `is_doubtful` tells that an earlier try may have
    arrived; `refusal` is the server's reason once it has refused.
    """

    id: int
    token: str
    status_name: str
    status_message: str | None
    key: str = attrs.field(repr=False)
    made: float
    is_doubtful: bool = attrs.field(converter=bool)
    refusal: str | None


@attrs.frozen(kw_only=True)
class Flushed:
    """What a flush did: how many posts were delivered, refused, and are still pending."""

    delivered: int
    refused: int
    pending: int


class Outbox:
    """A durable queue of statuses in a file; pass it as `outbox=` to a client.

    A client that has one keeps a status that gets no answer, and the later ones of that instance
    behind it; `flush` delivers them in order. Safe to share between threads and processes.

    Args:
        path: the file; it is made when it is not there.
        limit: how many posts are kept at most, refused ones included; when it is full, setting a
            status fails as it does without an outbox.
        clock: tells the time that a post is made, in seconds since 1970.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        limit: int = 10_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._execute("schema")
        self._execute("index")

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
        """Close the file; the posts stay in it."""
        self._database.close()

    def add(
        self,
        token: str,
        status_name: str,
        status_message: str | None,
        *,
        key: str,
        trouble: TransportError | None = None,
    ) -> None:
        """Keep a status that was set now.

        Args:
            token: the instance.
            status_name: the status.
            status_message: its message.
            key: the idempotency key of the tries so far and to come.
            trouble: what the try ended in; None where there was none.

        Raises:
            TransportError: the outbox is full.
        """
        row = {
            "token": token,
            "status_name": status_name,
            "status_message": status_message,
            "key": key,
            "made": self._clock(),
            "is_doubtful": trouble is not None and trouble.fate == "unknown",
            "limit": self._limit,
        }
        if not self._execute("add", row).rowcount:
            raise TransportError(
                message=f"the outbox is full ({self._limit} posts)",
                fate="not sent" if trouble is None else trouble.fate,
                token=token,
                status_name=status_name,
            ) from trouble

    def holds(self, token: str) -> bool:
        """Return whether a status of this instance is waiting, behind which others have to wait."""
        return bool(self._execute("holds", {"token": token}).fetchone()[0])

    def pending(self) -> tuple[Post, ...]:
        """Return the posts that wait to be delivered, oldest first."""
        return self._posts("pending")

    def refused(self) -> tuple[Post, ...]:
        """Return the posts that the server has refused, oldest first."""
        return self._posts("refused")

    def discard(self, post: Post) -> None:
        """Forget a post, such as a refused one that somebody has looked at."""
        self._execute("remove", {"id": post.id})

    @overload
    def flush(self, client: "StatusekClient") -> Flushed: ...

    @overload
    def flush(self, client: "AsyncStatusekClient") -> Awaitable[Flushed]: ...

    def flush(self, client: "StatusekClient | AsyncStatusekClient") -> Flushed | Awaitable[Flushed]:
        """Deliver what is pending, in order, and stop where the server cannot be reached.

        Args:
            client: a client of the same server; with an async one the result is to be awaited.
        """
        return client.perform(self._delivery(client.terms))

    def _delivery(self, terms: flows.Terms) -> flows.Flow[Flushed]:
        delivered = refused = 0
        for post in self.pending():
            try:
                yield from flows.set_status(_call(post), terms, doubt=_doubt(post))
            except StatusekError as error:
                if not _is_verdict(error):
                    if not flows.was_not_sent(error):
                        self._execute("doubt", {"id": post.id})
                    break
                self._execute("refuse", {"id": post.id, "refusal": str(error)})
                refused += 1
            else:
                self.discard(post)
                delivered += 1
        return Flushed(delivered=delivered, refused=refused, pending=len(self.pending()))

    def _posts(self, query: str) -> tuple[Post, ...]:
        rows = self._execute(query)
        names = [column[0] for column in rows.description]
        return tuple(Post(**dict(zip(names, row, strict=True))) for row in rows)

    def _execute(self, query: str, row: Mapping[str, Any] | None = None) -> sqlite3.Cursor:
        with self._lock:
            return self._database.execute(_queries()[query], row or {})


def _call(post: Post) -> calls.Call[None]:
    return calls.set_status(post.token, post.status_name, post.status_message, post.key)


def _doubt(post: Post) -> TransportError | None:
    if not post.is_doubtful:
        return None
    return TransportError(message="an earlier try got no answer", fate="unknown", token=post.token)


def _is_verdict(error: StatusekError) -> bool:
    """Return whether the server has decided on this very post, and would decide so again."""
    return isinstance(error, RefusedError) and not isinstance(
        error, StorageError | UnauthorizedError
    )


@cache
def _queries() -> dict[str, str]:
    text = files("statusek_client").joinpath("outbox.sql").read_text("utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))
