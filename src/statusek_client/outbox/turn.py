"""The turn: who of all threads and processes delivers the posts of a server.

Only the lock lives here. It is the operating system's lock of a file beside the outbox, so that it
ends with its process, however that ends, and there is nothing to expire.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from weakref import WeakSet

from statusek_client.errors import OutboxError

if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

    def _unlock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _lock(file: int) -> None:
        # Of the open file, not of the process: two threads exclude each other, too.
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(file: int) -> None:
        # Closing is not enough: a child that was forked meanwhile has the file open, too.
        fcntl.flock(file, fcntl.LOCK_UN)


class Turn:
    """The right to deliver what one outbox holds for one server; one holder at a time.

    Args:
        path: the outbox's file.
        server: the server.
    """

    def __init__(self, path: Path, server: str) -> None:
        name = hashlib.sha256(server.encode()).hexdigest()[:8]
        self._path = path.with_name(f"{path.name}-{name}.lock")
        self._file: int | None = None

    def take(self) -> bool:
        """Take the turn if nobody has it, and return whether that worked; never waits.

        Raises:
            OutboxError: the file of the lock cannot be opened.
        """
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise OutboxError(message=f"{self._path}: {error.strerror}") from error
        try:
            _lock(file)
        except OSError:
            os.close(file)
            return False
        self._file = file
        _held.add(self)
        return True

    def release(self) -> None:
        """Give the turn back, where it was taken."""
        if self._file is not None:
            _unlock(self._file)
        self.forget()

    def forget(self) -> None:
        """Leave the turn to the process that this one was forked from."""
        _held.discard(self)
        file, self._file = self._file, None
        if file is not None:
            os.close(file)


_held: WeakSet[Turn] = WeakSet()


def _forget_all() -> None:
    # A child inherits the open files, and with them the locks, of threads that it does not have.
    for turn in list(_held):
        turn.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
