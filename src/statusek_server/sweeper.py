"""The sweeper: finishes the instances that are due and that nobody asks about.

Here lives when and how much to sweep; what is due lives in ``rules`` and in the storage.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from statusek_server.errors import StorageError
from statusek_server.storage.protocol import Storage

logger = logging.getLogger("statusek_server")

BATCH: Final = 500
"""Instances that one statement finishes at most, so that no caller waits long for the lock."""

PERIOD: Final = 1.0
"""Seconds between two sweeps."""


async def sweep(storage: Storage, batch: int = BATCH) -> int:
    """Finish everything that is due.

    Args:
        storage: Where the instances live.
        batch: Instances that are finished at once.

    Returns:
        How many instances were finished.
    """
    finished = 0
    while (count := await storage.finish_due(batch)) == batch:
        finished += count
    return finished + count


def _tell_nobody(finished: int) -> None:
    """Stand where nobody wants to know."""


async def sweep_forever(
    storage: Storage, period: float = PERIOD, swept: Callable[[int], None] = _tell_nobody
) -> None:
    """Sweep again and again, old keys too; a trouble of the storage only delays it.

    Args:
        storage: Where the instances live.
        period: Seconds between two sweeps.
        swept: Called after each sweep with the number of instances that were finished.
    """
    while True:
        try:
            swept(await sweep(storage))
            await storage.forget_keys(BATCH)
        except StorageError as error:
            logger.warning("instances that are due were not finished: %s", error)
        await asyncio.sleep(period)


@asynccontextmanager
async def sweeping(
    storage: Storage, swept: Callable[[int], None] = _tell_nobody
) -> AsyncGenerator[None]:
    """Sweep in the background until left.

    Args:
        storage: Where the instances live.
        swept: Called after each sweep with the number of instances that were finished.
    """
    task = asyncio.create_task(sweep_forever(storage, swept=swept), name="statusek-sweeper")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
