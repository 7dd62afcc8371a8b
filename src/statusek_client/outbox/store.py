"""The store: the SQLite file of an outbox.

Only the file lives here: opening it, one method per query, and what its troubles mean. Each method
blocks as long as the disk writes; what has returned is on it. Who may deliver is in `turn`.

One connection serves all threads, under a lock. None is open while a process forks: SQLite keeps in
memory which locks it holds, and a child would take those of its parent for its own.
"""

from __future__ import annotations

import logging
import os
import re
import sqlite3
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from weakref import WeakSet

from statusek_client.errors import OutboxError
from statusek_client.outbox.post import NewPost, Outcome, Post

logger = logging.getLogger("statusek_client")

APPLICATION: Final = 0x5374_4F62
VERSION: Final = 1

_PATIENCE: Final = 10.0
"""Seconds to wait for another process that writes."""

_ADVICE: Final[Mapping[int, str]] = {
    sqlite3.SQLITE_FULL: "Make room on its disk; what it holds is safe.",
    sqlite3.SQLITE_IOERR: "Look at its disk, and whether it is full; what it holds is not touched.",
    sqlite3.SQLITE_READONLY: "Make the file and its folder writable for this user.",
    sqlite3.SQLITE_CANTOPEN: "Its folder has to exist and to be writable for this user.",
    sqlite3.SQLITE_PERM: "Make the file and its folder writable for this user.",
    sqlite3.SQLITE_BUSY: "Another process has been writing to it for long; try again.",
    sqlite3.SQLITE_NOTADB: "It is another program's file; choose another path.",
    sqlite3.SQLITE_CORRUPT: "Move it away, so that a new one is made; `sqlite3 FILE .recover` may "
    "bring back what it holds.",
}


class Store:
    """The posts in a file; safe to share between threads, to fork, and to open many times.

    Args:
        path: the file; it is made, readable for its owner only, when it is not there.
        limit: how many posts it takes.
        limit_bytes: how many bytes of text it takes.

    Raises:
        OutboxError: the file cannot be used.
    """

    def __init__(self, path: Path, *, limit: int, limit_bytes: int) -> None:
        self.path = path
        self._limits = {"limit": limit, "limit_bytes": limit_bytes}
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._is_closed = False
        with _listing:
            _stores.add(self)
        with self._connected():
            pass

    def close(self) -> None:
        """Close the file; the posts stay in it."""
        with self._lock:
            self._is_closed = True
            self._disconnect()

    # the posts

    def add(self, post: NewPost, *, made: float, is_doubtful: bool, trouble: str | None) -> bool:
        """Keep a post behind all others, and return whether there was room for it."""
        row = {
            "server": post.server,
            "token": post.token,
            "status_name": post.status_name,
            "status_message": post.status_message,
            "key": post.key,
            "size": post.size,
            "made": made,
            "is_doubtful": is_doubtful,
            "trouble": _storable(trouble),
        }
        with self._changing() as database:
            return database.execute(_query("add"), row | self._limits).rowcount > 0

    def pending(self, server: str | None = None) -> tuple[Post, ...]:
        """Return the posts that wait to be delivered, to one server or any, oldest first."""
        return self._posts("pending", {"server": server})

    def refused(self, server: str | None = None) -> tuple[Post, ...]:
        """Return the posts that were refused, by one server or any, oldest first."""
        return self._posts("refused", {"server": server})

    def is_pending(self, server: str) -> bool:
        """Return whether anything waits to be delivered to a server."""
        return bool(self._value("is_pending", {"server": server}))

    def holds(self, server: str, token: str) -> bool:
        """Return whether a post of an instance waits to be delivered."""
        return bool(self._value("holds", {"server": server, "token": token}))

    def count(self, server: str) -> tuple[int, int]:
        """Return how many posts of a server are pending, and how many were refused."""
        with self._connected() as database:
            pending, refused = database.execute(_query("count"), {"server": server}).fetchone()
            return pending, refused

    def tokens(self, server: str) -> tuple[str, ...]:
        """Return the instances of a server that have pending posts, the oldest first."""
        with self._connected() as database:
            rows = database.execute(_query("tokens"), {"server": server}).fetchall()
            return tuple(token for (token,) in rows)

    def discard(self, number: int) -> bool:
        """Forget a post, and return whether it was there."""
        with self._changing() as database:
            return database.execute(_query("remove"), {"id": number}).rowcount > 0

    def retry(self, number: int) -> bool:
        """Put a refused post back where it was in the queue; return whether it was there."""
        with self._changing() as database:
            return database.execute(_query("retry"), {"id": number}).rowcount > 0

    # delivering

    def begin(self, server: str, token: str) -> Post | None:
        """Return the first pending post of an instance, noted as one that is being sent."""
        with self._changing() as database:
            return _begun(database, server, token)

    def settle(self, post: Post, outcome: Outcome, *, go_on: bool) -> Post | None:
        """Note what became of a post; with `go_on`, begin the next one of its instance, too."""
        with self._changing() as database:
            if outcome.kind == "delivered":
                database.execute(_query("remove"), {"id": post.id})
            elif outcome.kind == "refused":
                row: dict[str, Any] = {"id": post.id, "refusal": _storable(outcome.reason)}
                database.execute(_query("refuse"), row)
            else:
                row = {
                    "id": post.id,
                    "is_doubtful": outcome.is_doubtful,
                    "trouble": _storable(outcome.reason),
                    "missing_since": outcome.missing_since,
                }
                database.execute(_query("keep"), row)
            return _begun(database, post.server, post.token) if go_on else None

    # the file

    def _posts(self, query: str, row: Mapping[str, Any]) -> tuple[Post, ...]:
        with self._connected() as database:
            return _posts(database.execute(_query(query), row))

    def _value(self, query: str, row: Mapping[str, Any]) -> object:
        with self._connected() as database:
            return database.execute(_query(query), row).fetchone()[0]

    @contextmanager
    def _changing(self) -> Generator[sqlite3.Connection]:
        """Give the connection in a transaction, which is on the disk when the block has ended."""
        with self._connected(is_change=True) as database:
            database.execute(_query("begin"))
            try:
                yield database
                database.commit()
            finally:
                if database.in_transaction:
                    database.rollback()

    @contextmanager
    def _connected(self, *, is_change: bool = False) -> Generator[sqlite3.Connection]:
        """Give the connection to one thread at a time; opened where none is open."""
        with self._lock, self._explained():
            if self._is_closed:
                raise OutboxError(message=f"the outbox {self.path} is closed")
            if is_change and self._database is not None and _identity(self.path) != self._identity:
                logger.warning("the outbox %s was removed or replaced; it is made anew", self.path)
                self._disconnect()
            if self._database is None:
                self._database = self._opened()
            yield self._database

    @contextmanager
    def _explained(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as error:
            # Errors that sqlite3 raises by itself have no code.
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            parts = (f"the outbox {self.path}: {error}.", _ADVICE.get(code, ""))
            raise OutboxError(message=" ".join(filter(None, parts))) from error
        except OSError as error:
            raise OutboxError(message=f"the outbox {self.path}: {error.strerror}.") from error

    def _opened(self) -> sqlite3.Connection:
        with _opening:
            _make_private(self.path)
            database = sqlite3.connect(
                self.path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
            )
        try:
            _prepare(database, self.path)
        except BaseException:
            database.close()
            raise
        self._identity = _identity(self.path)
        return database

    def _disconnect(self) -> None:
        database, self._database = self._database, None
        if database is not None:
            database.close()

    def before_fork(self) -> None:
        """Close the file, and let no thread open it."""
        self._lock.acquire()
        self._disconnect()

    def after_fork(self) -> None:
        """Let the file be opened again, when it is needed."""
        self._lock.release()


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    """Make sure that the file is an outbox, an empty one where there was nothing."""
    is_new = _is_new(database, path)
    _use_wal(database)
    database.execute(_query("sync_every_commit"))
    # Also where there is nothing to make: a file that cannot be written is found now.
    database.execute(_query("begin"))
    try:
        if is_new and _is_new(database, path):
            for name in ("schema", "index", "total", "nothing_yet", "count_in", "count_out"):
                database.execute(_query(name))
            database.execute(_query("mark"))
            database.execute(_query("mark_version"))
        database.commit()
    finally:
        if database.in_transaction:
            database.rollback()


def _is_new(database: sqlite3.Connection, path: Path) -> bool:
    """Return whether a file is empty; it is not touched where it is not an outbox."""
    application, version, has_tables = (
        database.execute(_query(name)).fetchone()[0]
        for name in ("application", "version", "has_tables")
    )
    if not has_tables and not application:
        return True
    if application != APPLICATION:
        raise OutboxError(
            message=f"{path} is another program's database, not an outbox; choose another path"
        )
    if version > VERSION:
        raise OutboxError(
            message=f"the outbox {path} was made by a newer version of this library (format "
            f"{version}, known is {VERSION}); use that version"
        )
    return False


def _use_wal(database: sqlite3.Connection) -> None:
    """Change the journal, which does not wait for a lock: another process may be doing the same."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            database.execute(_query("use_wal")).fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _make_private(path: Path) -> None:
    # Tokens are in it, and whoever holds one may set statuses. SQLite gives its other files the
    # same mode. Never opened where it is there: closing would end the locks of this process.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_dev, seen.st_ino


def _storable(words: str | None) -> str | None:
    # A server's words may hold lone surrogates, which JSON can write and UTF-8 cannot.
    return None if words is None else words.encode("utf-8", "backslashreplace").decode()


def _begun(database: sqlite3.Connection, server: str, token: str) -> Post | None:
    row = {"server": server, "token": token}
    post = next(iter(_posts(database.execute(_query("next"), row))), None)
    if post is not None:
        database.execute(_query("doubt"), {"id": post.id})
    return post


def _posts(found: sqlite3.Cursor) -> tuple[Post, ...]:
    names = [column[0] for column in found.description]
    return tuple(Post(**dict(zip(names, row, strict=True))) for row in found.fetchall())


@cache
def _queries() -> Mapping[str, str]:
    text = files("statusek_client.outbox").joinpath("queries.sql").read_text("utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _query(name: str) -> str:
    return _queries()[name]


_opening = threading.Lock()
_listing = threading.Lock()
_stores: WeakSet[Store] = WeakSet()
_forking: list[Store] = []


def _before_fork() -> None:
    # In this order, which is that of a thread that opens its file: store, then opening.
    _listing.acquire()
    for store in list(_stores):
        store.before_fork()
        _forking.append(store)
    _opening.acquire()


def _after_fork() -> None:
    _opening.release()
    while _forking:
        _forking.pop().after_fork()
    _listing.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork
    )
