"""Workers: several processes that serve one socket, and the one that looks after them.

Here lives who is started, replaced and stopped when. What each process does lives in ``runner``.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from logging import getLogger
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import FrameType
from typing import Final

from attrs import define, field
from prometheus_client import multiprocess
from uvicorn.server import HANDLED_SIGNALS

from statusek_server.app import create_app
from statusek_server.errors import StatusekServerError
from statusek_server.logs import log_to_stderr
from statusek_server.runner import bound, serve_on, url_of
from statusek_server.settings import Settings

logger = getLogger("statusek_server")

PATIENCE: Final = 5.0
"""Seconds beyond its own time to stop after which a process is ended by force."""

PAUSE: Final = 1.0
"""Seconds between the start of a process and that of its replacement at least."""

FIGURES: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that tells the library of the metrics where processes put theirs together."""

_SPAWN: Final = multiprocessing.get_context("spawn")


def _pipe() -> tuple[Connection, Connection]:
    return _SPAWN.Pipe()  # pyright: ignore[reportReturnType]  # of a kind of its own on Windows


def run_workers(settings: Settings, listening: Callable[[str], None]) -> None:
    """Serve with several processes until a signal comes and all of them have ended well.

    Args:
        settings: What the server is told.
        listening: Called with the server's URL once every process answers.

    Raises:
        StatusekServerError: The server cannot start.
    """
    with bound(settings.host, settings.port) as listener, _shared_figures():
        crew = Crew(settings, listener)
        with _awake(crew):
            try:
                crew.start(lambda: listening(url_of(settings.host, listener)))
                crew.look_after()
            finally:
                listener.close()
                crew.stop()


@define(eq=False)
class Worker:
    """A process that serves.

    Args:
        process: The process.
        news: Where it says that it answers, or why it cannot.
        started_at: When it was started.
    """

    process: SpawnProcess
    news: Connection
    started_at: float = field(factory=time.monotonic)

    @classmethod
    def start(cls, settings: Settings, listener: socket.socket) -> Worker:
        """Start a process."""
        here, there = _pipe()
        process = _SPAWN.Process(target=_work, args=(settings, listener, there))
        # A terminal's Ctrl-C comes to all processes; this one is told to stop by its parent.
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
        process.start()
        signal.signal(signal.SIGINT, handler)
        there.close()
        return cls(process, here)

    def trouble(self) -> StatusekServerError | None:
        """Return why the process does not answer, or None where it does; may wait for that."""
        try:
            said: StatusekServerError | None = self.news.recv()
        except (EOFError, OSError):  # reset, where it had not read all that it was told
            self.process.join()
            return StatusekServerError(f"a worker ended with code {self.process.exitcode}")
        return said

    def let_speak(self) -> None:
        """Let the process write to the log."""
        with suppress(OSError):
            self.news.send(None)


@define(eq=False)
class Crew:
    """All processes that serve, and what is to become of them.

    Args:
        settings: What the server is told.
        listener: The socket that they share.
    """

    settings: Settings
    listener: socket.socket
    workers: list[Worker] = field(factory=list)
    is_stopping: bool = False
    _alarm: tuple[Connection, Connection] = field(factory=_pipe, init=False)

    def start(self, listening: Callable[[], None]) -> None:
        """Start all processes, and tell when they answer."""
        self.workers = [
            Worker.start(self.settings, self.listener) for _ in range(self.settings.workers)
        ]
        for worker in self.workers:
            wait([worker.news, self._alarm[0]])
            if self.is_stopping:
                return
            error = worker.trouble()
            if error is not None:
                raise error
        listening()
        for worker in self.workers:
            worker.let_speak()

    def look_after(self) -> None:
        """Replace every process that ends, until told to stop."""
        while not self.is_stopping:
            wait([self._alarm[0], *(worker.process.sentinel for worker in self.workers)])
            for at, worker in enumerate(self.workers):
                if worker.process.exitcode is not None:
                    self._replace(at, worker)

    def _replace(self, at: int, worker: Worker) -> None:
        if self.is_stopping:
            return
        why = worker.trouble() or worker.trouble()  # before the trouble it may have answered
        logger.error("worker %d is replaced: %s", worker.process.pid, why)
        worker.news.close()
        multiprocess.mark_process_dead(worker.process.pid)  # type: ignore[no-untyped-call]
        # A process that ends at once must not be replaced without end.
        wait([self._alarm[0]], max(0.0, worker.started_at + PAUSE - time.monotonic()))
        if not self.is_stopping:
            self.workers[at] = Worker.start(self.settings, self.listener)
            self.workers[at].let_speak()

    def ring(self) -> None:
        """Note that all is to stop; called by a signal."""
        if not self.is_stopping:
            self.is_stopping = True
            self._alarm[1].send(None)

    def stop(self) -> None:
        """End all processes, well or by force."""
        self.is_stopping = True
        for worker in self.workers:
            if worker.process.exitcode is None:
                worker.process.terminate()
        deadline = time.monotonic() + self.settings.drain_seconds + PATIENCE
        for worker in self.workers:
            worker.process.join(max(0.0, deadline - time.monotonic()))
            if worker.process.exitcode is None:
                logger.error("worker %d did not end and is killed", worker.process.pid)
                worker.process.kill()
                worker.process.join()


@contextmanager
def _awake(crew: Crew) -> Generator[None]:
    """Let signals stop a crew."""

    def ring(_: int, __: FrameType | None) -> None:
        crew.ring()

    handlers = {number: signal.signal(number, ring) for number in HANDLED_SIGNALS}
    if hasattr(signal, "SIGHUP"):
        handlers[signal.SIGHUP] = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextmanager
def _shared_figures() -> Generator[None]:
    """Give the processes a folder where they put their figures together."""
    with tempfile.TemporaryDirectory(prefix="statusek-metrics-") as folder:
        os.environ[FIGURES] = folder
        try:
            yield
        finally:
            del os.environ[FIGURES]


def _work(settings: Settings, listener: socket.socket, parent: Connection) -> None:
    """Serve; the whole life of a process."""
    log = log_to_stderr(settings.log_format, settings.log_level)

    def hear() -> None:
        try:
            parent.recv()
        except (EOFError, OSError):
            asyncio.get_running_loop().remove_reader(parent.fileno())
            logger.error("the parent process is gone, and so goes this one")  # noqa: TRY400
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            log.let_go()

    def listening() -> None:
        parent.send(None)
        asyncio.get_running_loop().add_reader(parent.fileno(), hear)

    try:
        with listener:
            serve_on(create_app(settings), settings, listener, listening)
    except StatusekServerError as error:
        parent.send(error)
