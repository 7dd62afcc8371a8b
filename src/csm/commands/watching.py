"""Watching: a source that is read again and again, and what changed in it.

Only the loop of `csm show --watch` lives here. Time is an argument, so that a test steps it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import repeat

import click

from csm.commands.terminal import print_text
from csm.diff import diff
from csm.message import StatusMessage


def watch(
    read: Callable[[], StatusMessage],
    show: Callable[[StatusMessage], None],
    pauses: Iterable[float],
    *,
    sleep: Callable[[float], object] = time.sleep,
    now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
) -> None:
    """Show a message, and whenever it has changed what changed, until interrupted.

    On a terminal the whole message is shown anew each time, with what changed below it; elsewhere
    only the changes are printed, so that a file of them can be kept.

    Args:
        read: Reads the source.
        show: Prints a message.
        pauses: Seconds before each further reading.
        sleep: Waits for seconds.
        now: Tells the time of a change.
    """
    message = read()
    show(message)
    changes = ""
    for pause in pauses:
        sleep(pause)
        previous, message = message, read()
        difference = diff(previous, message)
        if difference:
            changes = f"{now():%H:%M:%S}\n{difference}"
        if _is_terminal():
            click.clear()
            show(message)
            if changes:
                print_text(f"\n{changes}")
        elif difference:
            print_text(changes)


def every(seconds: float) -> Iterable[float]:
    """Return pauses without an end."""
    return repeat(seconds)


def _is_terminal() -> bool:
    return sys.stdout.isatty()
