"""The listener: hears from other servers on the same PostgreSQL what has changed.

Here lives the one connection of a process that listens, and its coming back. What is told, and by
which statement, lives in ``sql/postgres``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final

from attrs import frozen

from statusek_server.errors import StorageError
from statusek_server.storage.postgres_pool import (
    CONNECT_SECONDS,
    SQL,
    Connection,
    connect,
    translated,
)
from statusek_server.storage.watchers import Watchers

logger = logging.getLogger("statusek_server")

CHANNEL: Final = "statusek"

PAUSE: Final = 1.0
"""Seconds between two attempts to listen."""

PROBE: Final = 10.0
"""Seconds after which a silent connection is asked whether it is still one."""


@frozen(eq=False)
class Listener:
    """Listens for one process.

    Args:
        url: The database.
        origin: The name under which this process tells; what it has told itself is not news.
        watchers: Who is told.
    """

    _url: str
    _origin: str
    _watchers: Watchers
    _pause: float = PAUSE
    _probe: float = PROBE

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[None]:
        """Listen until left; returns at once, and listens as soon as there is a connection."""
        task = asyncio.create_task(self._listen_forever(), name="statusek-listener")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _listen_forever(self) -> None:
        while True:
            try:
                with translated():
                    await self._listen()
            except StorageError as error:
                logger.warning("changes by other servers are not heard of: %s", error)
            await asyncio.sleep(self._pause)

    async def _listen(self) -> None:
        """Listen until the connection is lost."""
        connection = await connect(self._url)
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(partial(_set, lost))
            await connection.add_listener(CHANNEL, self._hear)
            # What was told before is gone.
            self._watchers.tell(None)
            while not lost.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._probe):
                        await lost.wait()
                if not lost.is_set():
                    await connection.execute(SQL["ping"], timeout=CONNECT_SECONDS)
            raise StorageError("the connection was lost")
        finally:
            connection.terminate()

    def _hear(self, _: Connection, __: int, ___: str, payload: object) -> None:
        origin, *tokens = str(payload).split(",")
        if origin != self._origin:
            self._watchers.tell(tokens)


def _set(lost: asyncio.Event, _: Connection) -> None:
    lost.set()
