"""Interruption: how a command ends that somebody stops with Ctrl-C.

Only that end lives here; commands that have something to say first catch `KeyboardInterrupt`.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

_INTERRUPTED: Final = 130  # 128 and the number of SIGINT, as shells have it


@contextmanager
def interruptible() -> Generator[None]:
    """Run a command in the block that may be interrupted: that is no error, and nothing is said.

    Raises:
        SystemExit: 130 when it is interrupted.
    """
    try:
        yield
    except KeyboardInterrupt:
        if sys.stderr.isatty():
            sys.stderr.write("\n")  # the terminal has left its ^C on the line
        sys.exit(_INTERRUPTED)
