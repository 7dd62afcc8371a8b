"""Output that cannot be written: what becomes of a command, and of the rest of what it printed.

A standard stream that was closed before the process began is output that cannot be written, too.

Only the end of the standard streams lives here; what a command prints is its own.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import IO, TextIO, cast

_FAILED = 2
_READER_GONE = 1  # click's own choice


def why_not_written(error: OSError) -> str:
    """Return why a standard stream cannot be written, as a person would say it."""
    return "it is closed" if error.errno == errno.EBADF else error.strerror or str(error)


def abandon(stream: IO[str]) -> None:
    """Let go of what a standard stream could not write.

    It stays in the buffer, where the end of the process would fail on it once more, and with an
    exit code of its own (120).

    Args:
        stream: `sys.stdout` or `sys.stderr`; one without a file is left alone.
    """
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


@contextmanager
def written_or_refused(program: str) -> Generator[None]:
    """Run a command in the block, and write all that it printed before the process ends.

    Args:
        program: what the command is called, for the sentence on stderr.

    Raises:
        SystemExit: 2 if the output cannot be written, such as to a full disk or where it is closed
            and there is something to print; 1 if its reader has gone. Errors that name a file are
            not of the output and pass.
    """
    _replace_closed_streams()
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except OSError as error:
        if error.filename is not None:
            raise
        abandon(sys.stdout)
        if error.errno == errno.EPIPE:
            sys.exit(_READER_GONE)
        _say(f"{program}: the output cannot be written: {why_not_written(error)}\n")
        sys.exit(_FAILED)


def _replace_closed_streams() -> None:
    """Put files in the place of standard streams that are not there.

    Standard output fails when it is written, as a full disk does; what is said on standard error
    goes nowhere, since nobody can be told.
    """
    if cast("object", sys.stdout) is None:
        sys.stdout = _nowhere(os.O_RDONLY)
    if cast("object", sys.stderr) is None:
        sys.stderr = _nowhere(os.O_WRONLY)


def _nowhere(mode: int) -> TextIO:
    return os.fdopen(os.open(os.devnull, mode), "w", encoding="utf-8", closefd=False)


def _say(sentence: str) -> None:
    try:
        sys.stderr.write(sentence)
        sys.stderr.flush()
    except OSError:  # the exit code says it alone
        abandon(sys.stderr)
