"""Migrations of a SQLite schema: which are due, and applying them under the writer's lock.

Here lives the decision whether a file is one that this version can use. The steps themselves are
the numbered files in ``sql/sqlite/migrations``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

from statusek_server.errors import SchemaError
from statusek_server.storage.queries import Migration, migrations, queries

APPLICATION_ID: Final = int.from_bytes(b"stsk", "big")
"""The mark in the header of a file that is a server's."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema up to date; several servers may try at once.

    Args:
        connection: In autocommit mode.

    Raises:
        SchemaError: The file belongs to a newer version, or to another application.
    """
    sql = queries("sqlite")
    connection.execute(sql["begin"])
    try:
        for migration in due(migrations("sqlite"), _version(connection)):
            for statement in statements(migration.sql):
                connection.execute(statement)
            connection.execute(sql["set_schema_version"].format(version=migration.version))
            connection.execute(sql["set_application_id"])
    except BaseException:
        connection.execute(sql["rollback"])
        raise
    connection.execute(sql["commit"])


def due(known: Sequence[Migration], version: int) -> tuple[Migration, ...]:
    """Return the migrations that a schema still needs.

    Args:
        known: Every migration, in order.
        version: The version of the schema, 0 for an empty one.

    Raises:
        SchemaError: The schema is newer than every known migration.
    """
    newest = known[-1].version
    if version > newest:
        raise SchemaError(
            f"the database has schema version {version}, this server knows versions up to "
            f"{newest}: run the newer server, or name another database"
        )
    return tuple(migration for migration in known if migration.version > version)


def statements(script: str) -> Iterator[str]:
    """Split a script, since a connection runs one statement inside a transaction at a time."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""


def _version(connection: sqlite3.Connection) -> int:
    sql = queries("sqlite")
    [application_id] = connection.execute(sql["get_application_id"]).fetchone()
    [tables] = connection.execute(sql["count_tables"]).fetchone()
    if tables and application_id != APPLICATION_ID:
        raise SchemaError("the database is a SQLite file of another application: name another file")
    [version] = connection.execute(sql["get_schema_version"]).fetchone()
    return int(version)
