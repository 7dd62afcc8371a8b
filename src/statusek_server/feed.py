"""The feed: what changes in any instance, for those who follow all of them.

Here lives how followers are woken, how they share what is read and what is made of it, and when one
is too far behind. The storage is the queue: a slow follower holds one page and a mark, however much
it has still to read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Final

from attrs import define, field, frozen

from statusek_server.storage.pages import ChangePage

PAGE: Final = 500
"""Changes that are read at once."""

FARTHEST: Final = 20
"""Full pages in a row after which a follower is too far behind."""

Read = Callable[[str | None, int], Awaitable[ChangePage | None]]
"""Returns a page of changes, as ``storage.protocol.Storage.list_changes`` does."""


@frozen
class Lagged:
    """A follower was too far behind, or its mark is not known: what it did not read is gone."""


Form = Callable[[ChangePage], Sequence[bytes]]
"""Returns what followers send of a page."""


@define(eq=False)
class SharedPage:
    """A page that all followers get who stood at the same mark.

    Args:
        page: Its changes.
    """

    page: ChangePage
    _written: dict[Form, Sequence[bytes]] = field(factory=dict, init=False)

    def written(self, form: Form) -> Sequence[bytes]:
        """Return the page in a form; it is written once, for all of them."""
        if form not in self._written:
            self._written[form] = form(self.page)
        return self._written[form]


@define(eq=False)
class Feed:
    """The changes of all instances.

    Args:
        read: Reads changes. May raise StorageError.
    """

    _read: Read
    _page: int = PAGE
    _farthest: int = FARTHEST
    _change: asyncio.Event = field(factory=asyncio.Event, init=False)
    _reading: dict[str | None, asyncio.Task[SharedPage | None]] = field(factory=dict, init=False)
    _is_closed: bool = field(default=False, init=False)

    async def follow(self, mark: str | None = None) -> AsyncGenerator[SharedPage | Lagged]:
        """Yield the changes after a mark, page by page, and then what changes, until closed.

        The first page is there at once: without a mark it has no changes, only the present mark.

        Args:
            mark: The mark of the last change that is known; None for the present.

        Raises:
            StorageError: The storage does not tell.
        """
        behind = 0
        while True:
            # Taken before reading, so that no change comes between.
            change = self._change
            shared = await self._read_once(mark)
            if shared is None or behind == self._farthest:
                yield Lagged()
                behind, mark = 0, None
                continue
            page = shared.page
            behind = 0 if page.is_last else behind + 1
            if mark is None or page.changes:
                yield shared
            mark = page.mark
            if self._is_closed:
                return
            if page.is_last:
                await change.wait()

    async def present(self) -> str | None:
        """Return the mark of the present, or None where it cannot be told.

        Raises:
            StorageError: The storage does not tell.
        """
        shared = await self._read_once(None)
        return shared.page.mark if shared else None

    def notify(self) -> None:
        """Wake all followers: something has changed."""
        # What is being read may be from before it.
        self._reading.clear()
        self._change.set()
        self._change = asyncio.Event()

    def close(self) -> None:
        """End all followers, after what has changed until now."""
        self._is_closed = True
        self.notify()

    async def _read_once(self, mark: str | None) -> SharedPage | None:
        """Read a page once for all who are woken together and stand at the same mark."""
        if mark not in self._reading:
            self._reading[mark] = asyncio.create_task(self._read_for_all(mark))
        # Shielded, since one who goes must not take it from the others.
        return await asyncio.shield(self._reading[mark])

    async def _read_for_all(self, mark: str | None) -> SharedPage | None:
        try:
            page = await self._read(mark, self._page)
            return None if page is None else SharedPage(page)
        finally:
            if self._reading.get(mark) is asyncio.current_task():
                del self._reading[mark]
