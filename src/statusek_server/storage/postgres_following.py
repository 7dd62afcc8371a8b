"""Following: the changes of all instances, read from PostgreSQL in an order that stays.

Here live marks, and how far followers may read: no farther than to the oldest transaction that is
under way, which may still add something before what is there. What is told at once, and to whom,
lives in ``watchers``.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Final

from attrs import define, field

from statusek_server.storage.pages import ChangePage
from statusek_server.storage.postgres_pool import SQL, Connection
from statusek_server.storage.postgres_rows import Row, Versions
from statusek_server.storage.watchers import Watchers

LARGEST_PAGE: Final = 1024 * 1024
"""Bytes of messages after which a page of changes ends early."""

HELD_BACK: Final = 0.05
"""Seconds after which changes that a running transaction holds back are looked at again."""

_MARK: Final = re.compile(r"([0-9]{1,18})-([0-9]{1,18})", re.ASCII)


@define(eq=False)
class Following:
    """Reads changes for followers.

    Args:
        versions: The versions of models that are known.
        watchers: Who is woken when what was held back may be there.
    """

    _versions: Versions
    _watchers: Watchers
    _is_held_back: bool = field(default=False, init=False)

    async def read(
        self, connection: Connection, after: str | None, limit: int
    ) -> ChangePage | None:
        """Return the changes behind a mark, as ``protocol.Storage.list_changes`` does."""
        horizon = await connection.fetchrow(SQL["get_horizon"])
        assert horizon is not None  # noqa: S101 - it has no condition
        if after is None:
            return ChangePage((), f"{horizon['xmin']}-0", is_last=True)
        found = _MARK.fullmatch(after)
        # One from ahead is of another database.
        if found is None or int(found[1]) > horizon["xmax"]:
            return None
        rows = await connection.fetch(SQL["list_events"], int(found[1]), int(found[2]), limit)
        # Read after the horizon was: what is before it is there, and nothing will be added there.
        ready = [row for row in rows if row["stamp"] < horizon["xmin"]]
        if len(ready) < len(rows):
            self._look_again_soon()
        page = _short_enough(ready)
        is_last = len(page) == len(ready) and len(rows) < limit
        changes = [await self._versions.change(connection, row) for row in page]
        mark = changes[-1].mark if changes else after
        return ChangePage(tuple(changes), mark, is_last or len(ready) < len(rows))

    def _look_again_soon(self) -> None:
        """Wake the followers once more: a running transaction holds back what they were told of."""

        def look_again() -> None:
            self._is_held_back = False
            self._watchers.wake()

        if not self._is_held_back:
            self._is_held_back = True
            asyncio.get_running_loop().call_later(HELD_BACK, look_again)


def _short_enough(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the first rows whose messages fit into a page, at least one."""
    size = 0
    for number, row in enumerate(rows, 1):
        size += len(row["message"])
        if size > LARGEST_PAGE:
            return rows[:number]
    return rows
