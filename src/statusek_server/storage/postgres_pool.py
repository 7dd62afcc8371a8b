"""The connections to PostgreSQL, and what its errors mean.

Here live how a connection is opened, what is bounded on it, and the one boundary at which the
errors of the driver become ours. Statements live in ``sql/postgres``, and are sent by ``postgres``.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from importlib import import_module
from typing import Any, Final, TypeAlias

from statusek_server.errors import StorageError
from statusek_server.setting_values import without_password
from statusek_server.storage.queries import queries

logger = logging.getLogger("statusek_server")

SQL: Final = queries("postgres")

MOST_CONNECTIONS: Final = 8
"""Connections of one process, apart from the one that listens."""

CONNECT_SECONDS: Final = 5.0
"""Seconds that the opening of a connection may take."""

STATEMENT_SECONDS: Final = 8.0
"""Seconds that a statement may take."""

# asyncpg brings no types.
driver: Any = import_module("asyncpg")
Connection: TypeAlias = Any
Pool: TypeAlias = Any


async def connect(url: str) -> Connection:
    """Open one connection."""
    return await driver.connect(
        url, timeout=CONNECT_SECONDS, command_timeout=STATEMENT_SECONDS, **_named()
    )


@asynccontextmanager
async def open_pool(url: str) -> AsyncGenerator[Pool]:
    """Open connections as they are needed, and close them on leaving.

    A connection that is lost is replaced when the next one is needed.
    """
    pool = driver.create_pool(
        url,
        min_size=1,
        max_size=MOST_CONNECTIONS,
        timeout=CONNECT_SECONDS,
        command_timeout=STATEMENT_SECONDS,
        init=_prepare,
        reset=_leave,
        **_named(),
    )
    try:
        yield await pool
    finally:
        pool.terminate()


async def _prepare(connection: Connection) -> None:
    await connection.execute(SQL["prepare_connection"])


async def _leave(connection: Connection) -> None:
    """Let a connection go back as it is: nothing of ours changes it, and asking costs a round trip.

    A transaction that is still open is ended by the pool itself.
    """


def rejects(error: Exception) -> bool:
    """Return whether an error says that a statement was undone, on a connection that lives."""
    # Classes 08 and 57: the connection, or the whole server, goes; what was done is not known.
    return isinstance(error, driver.PostgresError) and _class_of(error) not in ("08", "57")


@contextmanager
def translated() -> Generator[None]:
    """Turn the driver's errors into ours; none of them leaves the storage."""
    try:
        yield
    except driver.PostgresError as error:
        raise StorageError(f"PostgreSQL: {error} ({error.sqlstate})") from error
    except (driver.InterfaceError, driver.InternalClientError, OSError) as error:
        # A TimeoutError, which is an OSError, says nothing by itself.
        what = str(error) or "it took too long"
        raise StorageError(f"PostgreSQL: {what}") from error


@contextmanager
def naming(url: str) -> Generator[None]:
    """Name the database where a trouble of opening it is told."""
    try:
        with translated():
            yield
    except StorageError as error:
        if type(error) is not StorageError:
            raise
        shown = without_password(url)
        raise StorageError(f"the database {shown} cannot be opened: {error}") from error


def _named() -> dict[str, Any]:
    return {"server_settings": {"application_name": "statusek"}}


def _class_of(error: Any) -> str:  # noqa: ANN401 - an error of the driver
    return str(error.sqlstate or "08")[:2]
