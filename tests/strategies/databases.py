"""The databases that tests run on: a place of its own for each, with a clock that a test steps."""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote
from uuid import uuid4

from attrs import define

from benchmarks.server.cluster import NAMED
from benchmarks.server.cluster import cluster as started
from statusek_server.storage.databases import open_database
from statusek_server.storage.postgres_pool import connect
from statusek_server.storage.protocol import OpenStorage
from strategies.server_kit import START, FakeClock

Kind = Literal["sqlite", "postgres"]
KINDS: tuple[Kind, ...] = ("sqlite", "postgres")


@cache
def cluster() -> str:
    """The URL of a PostgreSQL that tests may fill: the one of the environment, or one of our own.

    It lives as long as this process.
    """
    named = os.environ.get(NAMED, "")
    if "://" in named:
        return named
    around = ExitStack()
    atexit.register(around.close)
    return around.enter_context(started(fsync="off", autovacuum="off")).url()


def execute(url: str, *statements: str) -> list[Any]:
    """Run statements and return the rows of the last one; also while an event loop runs."""
    return asyncio.run_coroutine_threadsafe(_execute(url, statements), _loop()).result(60)


async def _execute(url: str, statements: Sequence[str]) -> list[Any]:
    rows: list[Any] = []
    connection = _connections.get(url)
    if connection is None or connection.is_closed():
        connection = _connections[url] = await connect(url)
    for statement in statements:
        rows = await connection.fetch(statement)
    return rows


async def _disconnect(url: str) -> None:
    await _connections.pop(url).close()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """A loop in a thread of its own."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return loop


_connections: dict[str, Any] = {}


@define
class DatabaseClock(FakeClock):
    """The clock of a database, which stands still until a test steps it."""

    url: str = ""

    def step(self, seconds: float) -> None:
        FakeClock.step(self, seconds)
        execute(self.url, f"update the_clock set now = '{self.now.isoformat()}'")


@define
class Place:
    """Where the instances of one test are kept."""

    kind: Kind
    url: str
    clock: FakeClock

    def open(self) -> OpenStorage:
        return open_database(self.url, self.clock)


@contextmanager
def place_of(kind: Kind, folder: Path) -> Iterator[Place]:
    """An empty place."""
    if kind == "sqlite":
        yield Place(kind, f"sqlite:///{folder / 'statusek.db'}", FakeClock())
        return
    with schema() as (name, url):
        # What is looked up first wins over what the system has.
        frozen = f"""
            create table the_clock (now timestamptz);
            insert into the_clock values ('{START.isoformat()}');
            create function clock_timestamp() returns timestamptz language sql volatile
                as 'select now from {name}.the_clock';
            create function now() returns timestamptz language sql stable
                as 'select now from {name}.the_clock'
        """
        execute(url, *frozen.split(";"))
        yield Place(kind, url, DatabaseClock(url=url))


@contextmanager
def schema() -> Iterator[tuple[str, str]]:
    """An empty schema, and the URL that leads to it."""
    name = f"s{uuid4().hex}"
    execute(cluster(), f"create schema {name}")
    separator = "&" if "?" in cluster() else "?"
    url = f"{cluster()}{separator}search_path={quote(f'{name},pg_catalog')}"
    execute(url, "select 1")
    yield name, url
    asyncio.run_coroutine_threadsafe(_disconnect(url), _loop()).result(60)
    execute(cluster(), f"drop schema {name} cascade")
