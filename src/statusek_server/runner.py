"""Running: one server process, from a bound socket to the last answer.

Here live the socket, the signals, and what the HTTP server is told. What is served lives in
``app``, several processes in ``workers``.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final

import uvicorn
from starlette.applications import Starlette
from uvicorn.server import HANDLED_SIGNALS

from statusek_server.app import create_app, prepare_to_stop
from statusek_server.connection import Connection, Limits
from statusek_server.errors import SettingsError
from statusek_server.http_server import HttpServer
from statusek_server.settings import Settings

SPARE_FILES: Final = 384
"""Open files that a process needs beside its connections; refused ones that linger included."""


def run(settings: Settings, listening: Callable[[str], None]) -> None:
    """Serve until a signal comes; requests that were accepted are answered before it returns.

    Args:
        settings: What the server is told.
        listening: Called with the server's URL once it answers.

    Raises:
        KeyFileError: The file of keys cannot be used.
        SettingsError: The address cannot be listened on.
        ModelError: The model file cannot be used.
        StorageError: The database cannot be used.
    """
    app = create_app(settings)
    with bound(settings.host, settings.port) as listener:
        serve_on(app, settings, listener, lambda: listening(url_of(settings.host, listener)))


def serve_on(
    app: Starlette,
    settings: Settings,
    listener: socket.socket,
    listening: Callable[[], None],
) -> None:
    """Serve an application on a bound socket until a signal comes.

    Args:
        app: What ``create_app`` returned.
        settings: What the server is told.
        listener: The socket.
        listening: Called once the server answers.
    """
    limits = Limits(
        max_connections=_affordable(settings.max_connections),
        read_seconds=settings.read_seconds,
        idle_seconds=settings.idle_seconds,
    )
    server = HttpServer(
        _config(app, settings),
        limits,
        settings.drain_seconds,
        listening=listening,
        stopping=lambda: prepare_to_stop(app),
    )
    with _quiet_signals(), asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(_serve(app, server, listener))


async def _serve(app: Starlette, server: HttpServer, listener: socket.socket) -> None:
    # Entered here rather than by uvicorn, so that its errors are errors and not log lines.
    async with app.router.lifespan_context(app):
        await server.serve(sockets=[listener])


def _config(app: Starlette, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=Connection,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,  # ours has no whole tokens
        server_header=False,
        proxy_headers=False,  # nobody here asks who a caller is
        timeout_keep_alive=settings.idle_seconds,  # type: ignore[arg-type]  # call_later takes it
    )


def _affordable(connections: int) -> int:
    """Return how many connections there are files for, after asking for as many as allowed."""
    if sys.platform == "win32":
        return connections
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return connections
    return max(1, min(connections, soft - SPARE_FILES))


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
        listener = socket.socket(family, kind, protocol)
        try:
            if sys.platform != "win32":  # there it would let two servers share a port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except BaseException:
            listener.close()
            raise
    except OSError as error:
        expected = "an address and a port that are free to listen on"
        raise SettingsError("port", f"{host}:{port}", f"{expected} ({error.strerror})") from error
    with listener:
        yield listener


def url_of(host: str, listener: socket.socket) -> str:
    """Return where a server answers.

    Args:
        host: As it was told.
        listener: The bound socket.
    """
    port: int = listener.getsockname()[1]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


@contextmanager
def _quiet_signals() -> Generator[None]:
    """Let a signal that was answered by a graceful stop end there.

    uvicorn raises it once more when it has stopped, for handlers that were there before; the
    default ones would turn a graceful end into a death by signal. A terminal that goes away, or an
    operator who means "read your files again", sends SIGHUP: files are read again by themselves.
    """
    ignored = [*HANDLED_SIGNALS, signal.SIGHUP] if sys.platform != "win32" else HANDLED_SIGNALS
    handlers = {number: signal.signal(number, _ignore) for number in ignored}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _ignore(number: int, frame: FrameType | None) -> None:
    """Stand where a default handler would end the process."""
