"""Purging: old instances go, step by step, from PostgreSQL.

Here live the order of the steps and the place where the next one goes on. What is removed together
lives in ``sql/postgres``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from itertools import product
from typing import Final, TypeAlias

from statusek_server.outcomes import FinishReason
from statusek_server.storage.postgres_pool import SQL, Pool
from statusek_server.storage.purging import Old, Purged

_Place: TypeAlias = tuple[datetime, str]

BEGIN: Final[_Place] = (datetime.min.replace(tzinfo=UTC), "")
"""The place before the oldest instance: its creation and its token."""


async def purge(pool: Pool, old: Old, limit: int, *, is_dry: bool) -> AsyncGenerator[Purged]:
    """Remove old instances group by group: a version of a model, and open or finished in one way.

    Raises:
        asyncpg's own errors, which the caller translates.
    """
    versions = await pool.fetch(SQL["list_versions"], None, None)
    for version, reason in product(versions, ("", *FinishReason)):
        place: _Place | None = BEGIN
        while place is not None:
            rows = await pool.fetch(
                SQL["list_old"], version["id"], reason, *place, old.age, old.with_open, limit
            )
            yield await _remove(pool, old, [row["token"] for row in rows if row["is_old"]], is_dry)
            place = (rows[-1]["created_at"], rows[-1]["token"]) if len(rows) == limit else None


async def _remove(pool: Pool, old: Old, tokens: list[str], is_dry: bool) -> Purged:
    if not tokens:
        return Purged(0, 0)
    if is_dry:
        return Purged(len(tokens), await pool.fetchval(SQL["count_events"], tokens))
    row = await pool.fetchrow(SQL["remove_old"], tokens, old.age, old.with_open)
    return Purged(row["instances"], row["events"])
