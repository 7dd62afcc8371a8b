"""Filling: databases that hold many instances, made by a few statements rather than by calls."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from benchmarks.server.cluster import Cluster
from benchmarks.server.load import OBJECT

OPEN: Final = 10
"""One of so many is open; the others are finished."""

POSTGRES: Final = (
    """
    create temporary table version as
        select model.id, (select array_agg(status.id order by status.id) from status
            where status.object_id = object.id) as statuses
        from model join object on object.id = model.object_id
        where convert_from(object.name, 'UTF8') = '{name}'
    """,
    """
    insert into instance (token, model_id, created_at, deadline, due_at, set_ids, finished_at,
        finish_reason)
    select gen_random_uuid(), version.id, now() - number * interval '1 second',
        now() + interval '1 day', now() + interval '1 day',
        case when number % {open} = 0 then statuses[1:1] else statuses end,
        case when number % {open} <> 0 then now() end,
        case when number % {open} <> 0 then 'ALL_MANDATORY_STATUSES_ARE_SET' end
    from generate_series(1, {count}) as number, version
    """,
    """
    insert into event (stamp, token, status_id, message, created_at, finish_reason)
    select 0, token, set_ids[place], 'filled', created_at,
        case when place = 2 then finish_reason end
    from instance, generate_series(1, 2) as place where set_ids[place] is not null
    """,
    "vacuum analyze",
    "checkpoint",
)

SQLITE: Final = (
    """
    create temporary table version as
        select model.id, min(status.id) as first, max(status.id) as last
        from model join object on object.id = model.object_id
            join status on status.object_id = object.id
        where object.name = '{name}' group by model.id
    """,
    """
    with recursive numbers (number) as (
        select 1 union all select number + 1 from numbers where number < {count}
    )
    insert into instance (token, model_id, created_at, deadline, due_at, set_ids, finished_at,
        finish_reason)
    select lower(printf('%s-%s-4%s-8%s-%s', hex(randomblob(4)), hex(randomblob(2)),
            substr(hex(randomblob(2)), 2), substr(hex(randomblob(2)), 2), hex(randomblob(6)))),
        version.id, ({now} - number) * 1000000, ({now} + 86400) * 1000000,
        ({now} + 86400) * 1000000,
        iif(number % {open}, printf('[%d, %d]', first, last), printf('[%d]', first)),
        iif(number % {open}, {now} * 1000000, null),
        iif(number % {open}, 'ALL_MANDATORY_STATUSES_ARE_SET', null)
    from numbers, version
    """,
    """
    insert into event (instance_id, status_id, message, created_at)
    select instance.id, status.value, 'filled', created_at
    from instance, json_each(set_ids) as status
    """,
    "analyze",
)


def fill_postgres(cluster: Cluster, database: str, count: int) -> None:
    """Add instances to a database of PostgreSQL in which a server has made its tables."""
    texts = [_text(text, count) for text in POSTGRES]
    cluster.sql(*texts, database=database)


def fill_sqlite(file: Path, count: int) -> None:
    """Add instances to a file of SQLite in which a server has made its tables."""
    with closing(sqlite3.connect(file)) as connection, connection:
        for text in SQLITE:
            connection.execute(_text(text, count))


def _text(text: str, count: int) -> str:
    return text.format(name=OBJECT, open=OPEN, count=count, now="unixepoch()")
