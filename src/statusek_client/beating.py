"""Signs of life while a body runs: a thread, or a task, that beats every so many seconds.

Only the rhythm lives here. A beat that gets no answer is left to the next one; one that is refused
is the last, since the instance is finished or unknown.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from statusek_client.errors import StatusekError
from statusek_client.retry import is_passing

if TYPE_CHECKING:
    import asyncio

    from statusek_client.instance import AsyncInstance, Instance


class Beats:
    """Beats from a thread, until it is told to end."""

    def __init__(self, instance: Instance, every: float | None) -> None:
        """Begin; `every` is in seconds, None for no beats at all."""
        self._instance = instance
        self._every = every
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None
        if every is not None:
            self._thread = threading.Thread(target=self._run, name="statusek-beat", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """End, with the beat that is under way."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._is_over.wait(self._every):
            try:
                self._instance.beat()
            except StatusekError as error:
                if not is_passing(error):
                    return
            except RuntimeError:  # the client was closed before the body ended
                return


class AsyncBeats:
    """Beats from a task of the event loop, until it is told to end."""

    def __init__(self, instance: AsyncInstance, every: float | None) -> None:
        """Begin; `every` is in seconds, None for no beats at all."""
        self._instance = instance
        self._task: asyncio.Task[None] | None = None
        if every is not None:
            import asyncio

            self._task = asyncio.get_running_loop().create_task(self._run(every))

    async def end(self) -> None:
        """End at once, and leave nothing running."""
        if self._task is not None:
            import asyncio

            import anyio

            self._task.cancel()
            with anyio.CancelScope(shield=True):
                await asyncio.wait({self._task})

    async def _run(self, every: float) -> None:
        import asyncio

        while True:
            await asyncio.sleep(every)
            try:
                await self._instance.beat()
            except StatusekError as error:
                if not is_passing(error):
                    return
            except RuntimeError:  # the client was closed before the body ended
                return
