"""Taking over instances that have lived elsewhere, into SQLite.

Here live functions of one connection that holds the write lock, run in the thread of a worker. What
becomes of an instance is decided in ``taking_over``.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from statusek_server.storage.queries import queries
from statusek_server.storage.sqlite_ledger import Changed, Ledger
from statusek_server.storage.sqlite_times import micros_of
from statusek_server.storage.taking_over import Decision, Held, Imported, Taken, decide
from statusek_server.versions import PublishedModel

SQL: Final = queries("sqlite")


def take_over(
    connection: sqlite3.Connection,
    ledger: Ledger,
    instances: Sequence[tuple[Imported, PublishedModel]],
    now: datetime,
) -> Changed[Sequence[Taken]]:
    """Keep instances and return what became of each."""
    taken: list[Taken] = []
    tokens: list[str] = []
    for imported, published in instances:
        decision = decide(_held(connection, ledger, imported.token, now), imported)
        taken.append(decision.taken)
        if decision.taken is Taken.ADDED:
            _add(connection, imported, published)
        if decision.events or decision.finish:
            _extend(connection, imported, published, decision)
            tokens.append(imported.token)
    return Changed(taken, tuple(tokens))


def _held(connection: sqlite3.Connection, ledger: Ledger, token: str, now: datetime) -> Held | None:
    seen = ledger.look(connection, token, now, events=False)
    if seen is None:
        return None
    statuses = seen.published.statuses
    names = frozenset(statuses[number].name for number in seen.facts.set_ids)
    return Held(seen.created_at, names, seen.facts.finish is not None)


def _add(connection: sqlite3.Connection, imported: Imported, published: PublishedModel) -> None:
    deadline = micros_of(imported.deadline)
    row = {
        "token": imported.token,
        "model_id": published.id,
        "now": micros_of(imported.created_at),
        "deadline": deadline,
        "silence": None,
        "due_at": deadline,
    }
    connection.execute(SQL["add_instance"], row)


def _extend(
    connection: sqlite3.Connection,
    imported: Imported,
    published: PublishedModel,
    decision: Decision,
) -> None:
    found = connection.execute(SQL["get_instance"], {"token": imported.token}).fetchone()
    number, _, _, _, _, _, set_ids, *_ = found
    new = [(published.status_ids[event.status_name], event) for event in decision.events]
    connection.executemany(
        SQL["add_event"],
        [
            {
                "instance_id": number,
                "status_id": status_id,
                "message": event.message,
                "now": micros_of(event.created_at),
            }
            for status_id, event in new
        ],
    )
    finish = decision.finish
    connection.execute(
        SQL["extend_instance"],
        {
            "id": number,
            "model_id": published.id,
            "set_ids": json.dumps([*json.loads(set_ids), *(status_id for status_id, _ in new)]),
            "finished_at": micros_of(finish.at) if finish else None,
            "finish_reason": finish.reason.value if finish else None,
        },
    )
