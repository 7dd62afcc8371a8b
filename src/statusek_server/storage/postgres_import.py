"""Taking over instances that have lived elsewhere, into PostgreSQL.

Here lives the one transaction of a batch. What becomes of an instance is decided in
``taking_over``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from statusek_server.storage.postgres_pool import SQL, Connection
from statusek_server.storage.postgres_rows import Row, Versions
from statusek_server.storage.taking_over import Decision, Held, Imported, Taken, decide
from statusek_server.versions import PublishedModel

MOST_TOLD: Final = 100
"""Tokens in one notification, which has room for no more."""


async def take_over(
    connection: Connection,
    versions: Versions,
    instances: Sequence[tuple[Imported, PublishedModel]],
    origin: str,
) -> tuple[Sequence[Taken], Sequence[str]]:
    """Keep instances; inside a transaction. Returns what became of each, and which have changed."""
    held = await _held(connection, versions, [imported.token for imported, _ in instances])
    decided = [
        (imported, published, decide(held.get(imported.token), imported))
        for imported, published in instances
    ]
    added = [
        (imported.token, published.id, imported.created_at, imported.deadline)
        for imported, published, decision in decided
        if decision.taken is Taken.ADDED
    ]
    changed = [one for one in decided if one[2].events or one[2].finish]
    await connection.executemany(SQL["take_instance"], added)
    await connection.executemany(SQL["extend_instance"], [_extension(*one) for one in changed])
    await connection.executemany(
        SQL["take_event"], [row for one in changed for row in _events(*one)]
    )
    tokens = [imported.token for imported, _, _ in changed]
    for at in range(0, len(tokens), MOST_TOLD):
        await connection.execute(SQL["tell"], ",".join([origin, *tokens[at : at + MOST_TOLD]]))
    return [decision.taken for _, _, decision in decided], tokens


async def _held(
    connection: Connection, versions: Versions, tokens: Sequence[str]
) -> Mapping[str, Held]:
    rows: Sequence[Row] = await connection.fetch(SQL["lock_taken"], tokens)
    found: dict[str, Held] = {}
    for row in rows:
        statuses = (await versions.version(connection, row["model_id"])).statuses
        names = frozenset(statuses[number].name for number in row["set_ids"])
        found[row["token"]] = Held(row["created_at"], names, row["finished_at"] is not None)
    return found


def _extension(
    imported: Imported, published: PublishedModel, decision: Decision
) -> tuple[object, ...]:
    ids = [published.status_ids[event.status_name] for event in decision.events]
    finish = decision.finish
    end = (finish.at, finish.reason.value) if finish else (None, None)
    return (imported.token, published.id, ids, *end)


def _events(
    imported: Imported, published: PublishedModel, decision: Decision
) -> Iterator[tuple[object, ...]]:
    ending, finish = decision.ending_event, decision.finish
    for event in decision.events:
        yield (
            imported.token,
            published.status_ids[event.status_name],
            event.message.encode(),
            event.created_at,
            finish.reason.value if finish and event is ending else None,
        )
    if finish and ending is None:
        yield (imported.token, None, b"", finish.at, finish.reason.value)
