"""The schema in PostgreSQL: brought up to date by whichever server starts first.

Here lives the decision whether a database is one that this version can use. The steps themselves
are the numbered files in ``sql/postgres/migrations``.
"""

from __future__ import annotations

from typing import Final

from statusek_server.errors import SchemaError
from statusek_server.storage.migrate import due
from statusek_server.storage.postgres_pool import Connection, driver
from statusek_server.storage.queries import migrations, queries

SQL: Final = queries("postgres")


async def migrate(connection: Connection) -> None:
    """Bring the schema up to date; several servers may try at once.

    Args:
        connection: Outside of a transaction.

    Raises:
        SchemaError: The database belongs to a newer version, or its tables to another application.
    """
    async with connection.transaction():
        await connection.execute(SQL["lock_schema"])
        has_schema = await connection.fetchval(SQL["find_schema"])
        version = await connection.fetchval(SQL["get_schema_version"]) if has_schema else 0
        for migration in due(migrations("postgres"), version):
            try:
                await connection.execute(migration.sql)
            except driver.DuplicateTableError as error:
                raise SchemaError(
                    f"the database has tables of another application ({error}): name another "
                    "database, or another schema with ?search_path=NAME"
                ) from error
            await connection.execute(SQL["set_schema_version"], migration.version)
        await connection.execute(SQL["forget_foreign_stamps"])
