"""Output that cannot be written: what becomes of the rest of it.

Only the end of a standard stream lives here; what a command prints is its own.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import IO


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
