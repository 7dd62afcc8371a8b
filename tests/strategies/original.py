"""A database of the original service, with the tables that its version 2.7.2 makes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from attrs import define

from strategies.databases import cluster, execute, schema

KEPT = """id bigserial primary key, created_at timestamptz, updated_at timestamptz,
    deleted_at timestamptz"""
TABLES = f"""
create table version ({KEPT}, version_number text);
create table objects ({KEPT}, object_name text);
create table statuses ({KEPT}, object_id bigint, status_name text, status_desc text,
    status_type text not null);
create table workflows ({KEPT}, status_prev_id bigint, status_next_id bigint);
create table instances ({KEPT}, instance_token text, instance_timeout bigint, object_id bigint,
    instance_is_finished boolean, instance_is_finished_description text);
create table events ({KEPT}, instance_id bigint, status_id bigint, message text,
    event_creation_dt timestamptz default current_timestamp);
insert into version (version_number) values ('2.7.2')
"""
BORN = datetime(2024, 5, 1, 10, 0, 0, 123_456, tzinfo=UTC)


def literal(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool() | int():
            return str(value).lower()
        case datetime():
            return f"'{value.isoformat()}'"
        case _:
            return "'" + str(value).replace("'", "''") + "'"


@define
class OriginalStore:
    """What an original server has stored; each call adds a row, and returns its number."""

    url: str
    schema: str

    def row(self, table: str, **values: object) -> int:
        values = {"created_at": BORN, **values}
        columns, texts = ", ".join(values), ", ".join(map(literal, values.values()))
        sql = f"insert into {table} ({columns}) values ({texts}) returning id"
        number: int = execute(self.url, sql)[0]["id"]
        return number

    def change(self, sql: str) -> None:
        execute(self.url, sql)

    def model(self, name: str, *statuses: str, edges: str = "", **more: object) -> dict[str, int]:
        """An object; statuses are ``NAME`` or ``NAME:TYPE``, edges ``A>B``. Returns numbers."""
        numbers = {"": self.row("objects", object_name=name, **more)}
        for status in statuses:
            title, _, kind = status.partition(":")
            numbers[title] = self.row(
                "statuses",
                object_id=numbers[""],
                status_name=title,
                status_desc=f"It is {title}",
                status_type=kind or "MANDATORY",
            )
        for edge in edges.split():
            previous, _, following = edge.partition(">")
            self.row(
                "workflows", status_prev_id=numbers[previous], status_next_id=numbers[following]
            )
        return numbers

    def instance(
        self, token: str | None, object_id: int, reason: str | None = None, **more: object
    ) -> int:
        return self.row(
            "instances",
            **{
                "instance_token": token,
                "object_id": object_id,
                "instance_timeout": 600,
                "instance_is_finished": reason is not None,
                "instance_is_finished_description": reason or "",
                **more,
            },
        )

    def event(self, instance_id: int, status_id: int, seconds: float, **more: object) -> int:
        at = BORN + timedelta(seconds=seconds)
        return self.row(
            "events",
            **{
                "instance_id": instance_id,
                "status_id": status_id,
                "message": json.dumps({"after": seconds}),
                "event_creation_dt": at,
                **more,
            },
        )


@contextmanager
def original_store() -> Iterator[OriginalStore]:
    """An empty one, in a schema of its own."""
    with schema() as (name, url):
        execute(url, *TABLES.split(";"))
        yield OriginalStore(url, name)


def original_url() -> str:
    """The database that has them all."""
    return cluster()
