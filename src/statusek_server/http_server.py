"""The HTTP server: it listens, ends what takes too long, and stops without leaving anybody.

Here lives the order of a stop: say so, go on answering for a moment, take in who is at the door,
close the door, and wait for the last answer. What one caller may do lives in ``connection``.
"""

from __future__ import annotations

import asyncio
import logging
import select
import socket
from collections.abc import Callable, Sequence
from typing import Final, cast

import uvicorn

from statusek_server.connection import Connection, Limits, State

logger = logging.getLogger("statusek_server")

LAME_DUCK: Final = 0.5
"""Seconds that a server which is to stop still takes requests of callers it knows, telling each in
its answer that the connection ends: a caller who asks in this time is answered, not cut off."""

STEP: Final = 0.02
"""Seconds between two looks at who is still there."""


class HttpServer(uvicorn.Server):
    """An HTTP server that tells when it answers, and when it is about to stop.

    Args:
        config: What it serves and how.
        limits: What each caller may do.
        drain_seconds: Seconds that a stop may take.
        listening: Called once it answers.
        stopping: Called when it is told to stop, before it does anything about it.
    """

    server_state: State

    def __init__(
        self,
        config: uvicorn.Config,
        limits: Limits,
        drain_seconds: float,
        *,
        listening: Callable[[], None],
        stopping: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self.server_state = State(limits)
        self._drain_seconds = drain_seconds
        self._listening = listening
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen on sockets and tell."""
        await super().startup(sockets)
        self._listening()

    async def on_tick(self, counter: int) -> bool:
        """End what takes too long, every second; called ten times as often."""
        if counter % 10 == 0:
            now = asyncio.get_running_loop().time()
            for connection in self._connections:
                connection.check(now)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer every request that has arrived, within the time that a stop may take."""
        now = asyncio.get_running_loop().time
        begun = now()
        deadline = begun + self._drain_seconds
        logger.info("stopping, within %g seconds", self._drain_seconds)
        self.server_state.draining = True
        self._stopping()
        for connection in self._connections:
            connection.stop()
        lame_until = min(begun + LAME_DUCK, deadline)
        await _while(lambda: bool(self._connections) and now() < lame_until)
        # The event loop lets them in; whoever knocks without end must not keep the door open.
        door_until = min(now() + LAME_DUCK, deadline)
        await _while(lambda: _somebody_at(sockets or []) and now() < door_until)
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        await asyncio.sleep(STEP)  # who was let in just now is a connection only a moment later
        await _while(lambda: self._is_busy() and now() < deadline and not self.force_exit)
        await self._give_up()
        logger.info("stopped")

    @property
    def _connections(self) -> Sequence[Connection]:
        return cast("Sequence[Connection]", tuple(self.server_state.connections))

    def _is_busy(self) -> bool:
        """Close the connections on which nothing is asked, and return whether others are left."""
        for connection in self._connections:
            if connection.is_idle and not connection.has_unread():
                connection.transport.close()
        return bool(self._connections or self.server_state.tasks)

    async def _give_up(self) -> None:
        """Cut off who is left when the time is over."""
        left = tuple(self.server_state.tasks)
        if left:
            logger.warning("stopped with %d requests unanswered", len(left))
        for connection in self._connections:
            connection.transport.abort()
        if left:
            await asyncio.wait(left, timeout=STEP)  # most end by themselves when nobody listens
            # It would print a traceback of every cancellation.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=1)


async def _while(condition: Callable[[], bool]) -> None:
    while condition():  # noqa: ASYNC110 - connections are many, and tell nobody when they end
        await asyncio.sleep(STEP)


def _somebody_at(listeners: Sequence[socket.socket]) -> bool:
    """Return whether a caller waits to be let in."""
    if not hasattr(select, "poll"):
        return False  # there is no telling on Windows
    poll = select.poll()
    for listener in listeners:
        poll.register(listener, select.POLLIN)
    return bool(poll.poll(0))
