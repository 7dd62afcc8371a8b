"""Opening: how a server comes to a database that is not there yet.

Here lives the patience: what is tried again, how soon, and what answers in the meantime. How a
storage is opened lives with the storage.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Final, NoReturn, cast

from statusek_server.errors import SchemaError, StorageError
from statusek_server.service import Service
from statusek_server.storage.protocol import Storage
from statusek_server.versions import PublishedModel

logger = logging.getLogger("statusek_server")

FIRST_PAUSE: Final = 0.25
"""Seconds before the second attempt; every further pause is twice as long."""

LONGEST_PAUSE: Final = 10.0
"""Seconds between two attempts at most."""

FIRST_ATTEMPT: Final = 3.0
"""Seconds that the start waits for the first attempt, so that a database that is there is used from
the first request on, and one that can never be used stops the start."""

NOT_OPEN: Final = "the database is not open yet"

Enter = Callable[[], AbstractAsyncContextManager[object]]
"""Returns what is to be entered, anew for every attempt; entering raises StorageError."""

Sleep = Callable[[float], Awaitable[object]]


class _UnopenedStorage:
    """Stands for a storage: whatever is asked of it raises."""

    def __getattr__(self, name: str) -> Callable[..., Awaitable[NoReturn]]:
        async def refuse(*_: object, **__: object) -> NoReturn:
            raise StorageError(NOT_OPEN)

        return refuse


class _UnopenedCatalogue(Mapping[str, PublishedModel]):
    """Stands for a catalogue: nobody knows what is in it."""

    def __getitem__(self, name: str) -> PublishedModel:
        raise StorageError(NOT_OPEN)

    def __iter__(self) -> Iterator[str]:
        raise StorageError(NOT_OPEN)

    def __len__(self) -> int:
        raise StorageError(NOT_OPEN)


def unopened_service() -> Service:
    """Return a service that answers every call with a trouble of the storage, never with a fact."""
    return Service(cast("Storage", _UnopenedStorage()), _UnopenedCatalogue())


@asynccontextmanager
async def patiently(enter: Enter, sleep: Sleep = asyncio.sleep) -> AsyncGenerator[None]:
    """Keep something entered in the background, as soon as that is possible.

    Args:
        enter: Returns what is to be entered.
        sleep: Waits for seconds.

    Raises:
        SchemaError: The first attempt has found a database that can never be used.
    """
    first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(_keep_entered(enter, sleep, first), name="statusek-opening")
    try:
        await asyncio.wait([first], timeout=FIRST_ATTEMPT)
        if first.done():
            first.result()
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _keep_entered(enter: Enter, sleep: Sleep, first: asyncio.Future[None]) -> None:
    for pause in _pauses():
        try:
            async with enter():
                if first.done():
                    logger.warning("the database is open")
                else:
                    first.set_result(None)
                await asyncio.Event().wait()  # until the server ends
        except Exception as error:  # noqa: BLE001 - a server must not go on without its storage
            if isinstance(error, SchemaError) and not first.done():
                first.set_exception(error)
                return
            _tell(error, pause)
        if not first.done():
            first.set_result(None)
        await sleep(pause)


def _pauses() -> Iterator[float]:
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)


def _tell(error: Exception, pause: float) -> None:
    logger.warning(
        "the database cannot be opened, the next attempt is in %g seconds: %s",
        pause,
        error,
        # What is not a trouble of the storage is one of this program.
        exc_info=None if isinstance(error, StorageError) else error,
    )
