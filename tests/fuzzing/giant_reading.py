"""The reading of documents of 100 MB, each in a process of its own.

Only the running and measuring live here; what the documents are is in `giants`.
"""

from __future__ import annotations

import multiprocessing
import resource
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection
from time import process_time
from typing import Any

import attrs

from csm import CsmError, StatusMessageSerializer
from fuzzing.giants import GIANTS

MOST_MEMORY = 8 * 2**30
LONGEST = 600  # seconds of the processor


@attrs.frozen
class GiantReading:
    """What one reading took and led to.

    Attributes:
        what: What the document is full of.
        engine: The engine that read it.
        is_bounded: Whether the default bound of 16 MiB held, or none.
        outcome: A message, or the name of the error; what is no CsmError stands in brackets.
        seconds: Of the processor.
        megabytes: The most memory beyond the document itself.
    """

    what: str
    engine: str
    is_bounded: bool
    outcome: str
    seconds: float
    megabytes: float

    @property
    def holds(self) -> bool:
        """Whether it ended as it should: of itself, and with a message or a CsmError."""
        return not self.outcome.startswith("(")


def giant_readings() -> Iterator[GiantReading]:
    """Read every giant with both engines, with the default bound of its size and without."""
    for what in GIANTS:
        for engine in ("stdlib", "msgspec"):
            for is_bounded in (True, False):
                yield _reading(what, engine, is_bounded=is_bounded)


def _reading(what: str, engine: str, *, is_bounded: bool) -> GiantReading:
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    options = {"engine": engine} | ({} if is_bounded else {"max_bytes": 2**30})
    process = context.Process(target=_read, args=(sender, what, options))
    process.start()
    sender.close()
    try:
        outcome, seconds, megabytes = receiver.recv()
    except EOFError:
        process.join()
        outcome, seconds, megabytes = f"(exit code {process.exitcode})", LONGEST, 0
    process.join()
    return GiantReading(what, engine, is_bounded, outcome, seconds, megabytes)


def _read(sender: Connection, what: str, options: dict[str, Any]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    text = GIANTS[what]()
    read = StatusMessageSerializer(**options).from_json_string
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
    before, began = _megabytes(), process_time()
    try:
        read(text)
        outcome = "message"
    except CsmError as error:
        outcome = type(error).__name__
    except MemoryError:
        outcome = "(MemoryError)"
    except Exception as error:  # noqa: BLE001  # that is what is looked for
        outcome = f"({type(error).__name__})"
    sender.send((outcome, process_time() - began, _megabytes() - before))


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
