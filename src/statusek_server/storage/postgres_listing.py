"""Listing: many instances, read page by page from PostgreSQL.

Here lives the way from a filter to the statement and from its rows to a page. What an instance is
lives in ``postgres_rows``.
"""

from __future__ import annotations

from typing import Final

from statusek_server.outcomes import FinishReason
from statusek_server.storage.pages import InstanceFilter, InstancePage, Position
from statusek_server.storage.postgres_pool import SQL, Connection
from statusek_server.storage.postgres_rows import Versions

MOST_SEEN: Final = 1_000
"""Instances of one version and state that are looked at for one page."""


async def list_instances(
    connection: Connection,
    versions: Versions,
    wanted: InstanceFilter,
    after: Position | None,
    limit: int,
) -> InstancePage:
    """Return a page of instances, newest first."""
    name = wanted.status_name
    models = await connection.fetch(SQL["list_versions"], _bytes(wanted.object_name), _bytes(name))
    seen_at_most = limit + 1 if name is None else max(MOST_SEEN, limit + 1)
    rows = await connection.fetch(
        SQL["list_instances"],
        [row["id"] for row in models],
        _reasons(wanted),
        wanted.oldest,
        wanted.youngest,
        after.created_at if after else None,
        after.token if after else "",
        seen_at_most,
    )
    asked = {row["id"]: row["status_id"] for row in models}
    found = [row for row in rows if name is None or asked[row["model_id"]] in row["set_ids"]]
    last = None
    if len(found) > limit:
        found = found[:limit]
        last = found[-1]
    elif len(rows) == seen_at_most:
        last = rows[-1]
    snapshots = [await versions.snapshot(connection, [row]) for row in found]
    return InstancePage(
        tuple(snapshots), Position(last["created_at"], last["token"]) if last else None
    )


def _bytes(name: str | None) -> bytes | None:
    return None if name is None else name.encode()


def _reasons(wanted: InstanceFilter) -> list[str]:
    return [
        reason or ""
        for reason in (None, *FinishReason)
        if wanted.reason in (None, reason) and wanted.is_finished in (None, reason is not None)
    ]
