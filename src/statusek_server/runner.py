"""Running: one server process, from a bound socket to the last answer.

Here live the socket, the HTTP server and the signals. What is served lives in ``app``.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import uvicorn
from starlette.applications import Starlette
from uvicorn.server import HANDLED_SIGNALS

from statusek_server.app import create_app, prepare_to_stop
from statusek_server.errors import SettingsError
from statusek_server.settings import Settings

KEEP_ALIVE: Final = 75
"""Seconds that an idle connection is kept; more than clients and proxies usually keep theirs."""

GRACE: Final = 10
"""Seconds that requests under way may take once the server is told to stop."""


class Server(uvicorn.Server):
    """An HTTP server that tells when it answers, and when it begins to stop.

    Args:
        config: What it serves and how.
        listening: Called once it answers.
        stopping: Called once it has been told to stop, before it waits for the last answers.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        listening: Callable[[], None],
        stopping: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._listening = listening
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen on sockets and tell."""
        await super().startup(sockets)
        self._listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell, and stop."""
        self._stopping()
        await super().shutdown(sockets)


def run(settings: Settings, listening: Callable[[str], None]) -> None:
    """Serve until a signal comes; requests that were accepted are answered before it returns.

    Args:
        settings: What the server is told.
        listening: Called with the server's URL once it answers.

    Raises:
        SettingsError: The address cannot be listened on.
        ModelError: The model file cannot be used.
        StorageError: The database cannot be used.
    """
    app = create_app(settings)
    with bound(settings.host, settings.port) as listener, _quiet_signals():
        server = Server(
            _config(app),
            lambda: listening(_url(settings.host, listener)),
            lambda: prepare_to_stop(app),
        )
        with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
            runner.run(_serve(app, server, listener))


async def _serve(app: Starlette, server: Server, listener: socket.socket) -> None:
    # Entered here rather than by uvicorn, so that its errors are errors and not log lines.
    async with app.router.lifespan_context(app):
        await server.serve(sockets=[listener])


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        log_config=None,
        # A line for every request would carry tokens.
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )


@contextmanager
def bound(host: str, port: int) -> Generator[socket.socket]:
    """Bind a socket and close it on leaving.

    Args:
        host: A name or an address, of IPv4 or IPv6.
        port: A port, or 0 for a free one.

    Raises:
        SettingsError: It cannot be bound.
    """
    try:
        [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        with socket.socket(family, kind, protocol) as listener:
            if sys.platform != "win32":  # there it would let two servers share a port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            yield listener
    except OSError as error:
        expected = "an address and a port that are free to listen on"
        raise SettingsError("port", f"{host}:{port}", f"{expected} ({error.strerror})") from error


def _url(host: str, listener: socket.socket) -> str:
    port: int = listener.getsockname()[1]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


@contextmanager
def _quiet_signals() -> Generator[None]:
    """Let a signal that was answered by a graceful stop end there.

    uvicorn raises it once more when it has stopped, for handlers that were there before; the
    default ones would turn a graceful end into a death by signal.
    """
    handlers = {number: signal.signal(number, _ignore) for number in HANDLED_SIGNALS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _ignore(number: int, frame: FrameType | None) -> None:
    """Stand where a default handler would end the process."""
