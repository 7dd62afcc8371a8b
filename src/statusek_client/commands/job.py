"""A job: another program that runs, what it prints passed on, its last lines kept.

Only running lives here; what is said about a job to a server lives in `run`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Final

import attrs

MOST_LINES: Final = 20
LONGEST_LINE: Final = 400
"""Bytes of a line that are kept, its last ones."""

_PATIENCE: Final = 1.0
"""Seconds that a job's own children may go on printing after its end."""

_PASSED_ON: Final = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)


@attrs.frozen
class Ending:
    """How a job has ended.

    Attributes:
        exit_code: Its exit code; 128 and more where a signal has killed it, as shells have it.
        seconds: How long it took.
        last_lines: The end of what it printed.
    """

    exit_code: int
    seconds: float
    last_lines: tuple[str, ...]

    def __str__(self) -> str:
        if self.exit_code > 128:
            return f"killed by signal {self.exit_code - 128} after {self.seconds:.1f} s"
        return f"exit code {self.exit_code} after {self.seconds:.1f} s"


def run_job(arguments: Sequence[str]) -> Ending:
    """Run a program to its end; what it prints goes where this process prints, as it comes.

    Args:
        arguments: The program and its arguments.

    Raises:
        OSError: It cannot be started.
    """
    lines, begin = deque[str](maxlen=MOST_LINES), time.monotonic()
    job = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603 - what the caller asks for
    with _passing_signals_on(job):
        copies = [
            threading.Thread(target=_copy, args=(source, target, lines), daemon=True)
            for source, target in ((job.stdout, sys.stdout), (job.stderr, sys.stderr))
        ]
        for copy in copies:
            copy.start()
        code = job.wait()
        seconds = time.monotonic() - begin
        for copy in copies:
            # What the job has left running may hold the other end; it is not waited for.
            copy.join(_PATIENCE)
    return Ending(code if code >= 0 else 128 - code, seconds, tuple(lines))


def _copy(source: IO[bytes], target: IO[str], lines: deque[str]) -> None:
    """Pass on what comes as it comes, and keep the last lines."""
    begun = b""
    with source:
        while chunk := os.read(source.fileno(), 65536):
            with suppress(OSError):  # whoever reads has gone; the job goes on
                os.write(target.fileno(), chunk)
            *whole, begun = (begun + chunk).split(b"\n")
            lines.extend(map(_kept, whole))
            begun = begun[-LONGEST_LINE:]
    if begun:
        lines.append(_kept(begun))


def _kept(line: bytes) -> str:
    return line[-LONGEST_LINE:].decode("utf-8", "replace").rstrip()


@contextmanager
def _passing_signals_on(job: subprocess.Popen[bytes]) -> Generator[None]:
    """While the job runs, what would stop this process stops the job, which then is waited for."""

    def pass_on(number: int, _: object) -> None:
        job.send_signal(number)

    # A terminal sends an interrupt to both; it is the job that decides.
    before = {signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN)}
    before |= {number: signal.signal(number, pass_on) for number in _PASSED_ON}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
