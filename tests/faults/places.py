"""Places: databases that are harmed, what is stored in them, and whether it is whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from attrs import frozen

from benchmarks.server.cluster import Cluster, cluster
from strategies.databases import KINDS, Kind

__all__ = ["KINDS", "Kind", "PostgresPlace", "SqlitePlace", "StoredPlace", "place"]


class StoredPlace(Protocol):
    """A database that a server may use."""

    @property
    def url(self) -> str: ...

    @property
    def name(self) -> str: ...

    def stored(self) -> list[tuple[str, str]]:
        """The token and the status of every event."""
        ...

    def halves(self) -> int:
        """The instances whose row and events, or statuses and finish, do not agree."""
        ...


@frozen
class SqlitePlace:
    """A file."""

    file: Path
    name: str = "SQLite"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"

    def stored(self) -> list[tuple[str, str]]:
        rows = self._rows(
            "select token, status.name from event join instance on instance.id = instance_id"
            " join status on status.id = status_id"
        )
        return [(token, name) for token, name in rows]

    def halves(self) -> int:
        [[integrity]] = self._rows("pragma integrity_check")
        assert integrity == "ok"
        [[count]] = self._rows(
            "select count(*) from instance left join (select instance_id,"
            " group_concat(status_id) as ids, count(*) as n from"
            " (select * from event order by id) group by instance_id) on instance_id = instance.id"
            " where coalesce('[' || replace(ids, ',', ', ') || ']', '[]') <> set_ids"
            " or (finish_reason is 'ALL_MANDATORY_STATUSES_ARE_SET') <> (coalesce(n, 0) ="
            "   (select count(*) from model join status on status.object_id = model.object_id"
            "    where model.id = model_id))"
        )
        return int(count)

    def _rows(self, query: str) -> list[tuple[str, ...]]:
        with closing(sqlite3.connect(self.file)) as connection:
            return list(connection.execute(query).fetchall())


@frozen
class PostgresPlace:
    """A database of a cluster of our own."""

    cluster: Cluster
    database: str = "postgres"
    name: str = "PostgreSQL"

    @property
    def url(self) -> str:
        return self.cluster.url(self.database)

    def stored(self) -> list[tuple[str, str]]:
        told = self._rows(
            "select token || ' ' || convert_from(name, 'UTF8')"
            " from event join status on status.id = status_id"
        )
        return [(line[:36], line[37:]) for line in told.splitlines()]

    def halves(self) -> int:
        return int(
            self._rows(
                "select count(*) from instance left join (select token, array_agg(status_id order"
                " by stamp, id) filter (where status_id is not null) as ids, count(finish_reason)"
                " as ends from event group by token) as events using (token) where"
                " coalesce(ids, '{}') <> set_ids or coalesce(ends, 0) <> (finished_at is not"
                " null)::int or (coalesce(finish_reason, '') = 'ALL_MANDATORY_STATUSES_ARE_SET')"
                " <> (cardinality(set_ids) = (select cardinality(mandatory) from model"
                " where model.id = model_id))"
            )
        )

    def _rows(self, query: str) -> str:
        return self.cluster.sql(query, database=self.database)


@contextmanager
def place(kind: Kind, folder: Path, version: int | None = None) -> Iterator[StoredPlace]:
    """An empty database that syncs as a real one does.

    Args:
        kind: Which.
        folder: Where a file may be.
        version: Of PostgreSQL; None for the newest that is there.
    """
    if kind == "sqlite":
        yield SqlitePlace(folder / "faults.db")
    else:
        with cluster(version) as made:
            yield PostgresPlace(made)
