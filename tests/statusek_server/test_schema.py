"""The schema that is there to be read is the one that the migrations make."""

from __future__ import annotations

import sqlite3
from importlib.resources import files

import pytest

from statusek_server.storage.migrate import migrate, statements
from statusek_server.storage.postgres import open_postgres
from statusek_server.storage.queries import migrations
from strategies.databases import execute, schema

CATALOGUE = """
select 'column' as kind, table_name::text as name,
    concat_ws(' ', column_name, data_type, is_nullable, column_default, is_identity) as what
from information_schema.columns where table_schema = current_schema
union all select 'index', tablename, indexdef from pg_indexes where schemaname = current_schema
union all select 'constraint', conrelid::regclass::text, pg_get_constraintdef(oid)
from pg_constraint where connamespace = current_schema::regnamespace
order by 1, 2, 3
"""


def schema_file(database: str) -> str:
    path = files("statusek_server") / f"storage/sql/{database}/schema.sql"
    return path.read_text("utf-8")


def test_sqlite() -> None:
    """On SQLite the sum of the migrations is the schema."""

    def content(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
        sql = "select type, name, sql from sqlite_master order by type, name"
        return connection.execute(sql).fetchall()

    summed = sqlite3.connect(":memory:", isolation_level=None)
    written = sqlite3.connect(":memory:", isolation_level=None)
    migrate(summed)
    for statement in statements(schema_file("sqlite")):
        written.execute(statement)
    assert content(written) == content(summed)
    summed.close()
    written.close()


@pytest.mark.anyio
async def test_postgres() -> None:
    """On PostgreSQL the sum of the migrations is the schema."""
    contents: list[list[tuple[str, ...]]] = []
    with schema() as (first, summed), schema() as (second, written):
        async with open_postgres(summed):
            pass
        parts = schema_file("postgres").split(";\n")
        execute(written, *(part for part in parts if part.strip()))
        for name, url in ((first, summed), (second, written)):
            rows = execute(url, CATALOGUE)
            contents.append([(r["kind"], r["name"], r["what"].replace(name, "")) for r in rows])
    assert contents[1] == contents[0]
    assert len(contents[0]) > 40


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_numbers(database: str) -> None:
    """The numbers of the migrations are 1, 2, 3 and so on."""
    versions = [migration.version for migration in migrations(database)]
    assert list(range(1, len(versions) + 1)) == versions
