"""Setting values: what a setting may be, and the way from a text to it.

Here lives one small function for each setting that is more than a text; each takes what a flag, a
variable or a file says and returns the value, or raises SettingsError. Where settings come from
lives in ``configuration``.
"""

from __future__ import annotations

import math
import re
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import unquote

from statusek_server.errors import SettingsError

_SQLITE_URL: Final = re.compile(r"sqlite:///(?P<path>[^?#]*)")
_PASSWORD: Final = re.compile(r"(?<=://)(?P<user>[^/@:]*):[^/]*@|(?<=[?&]password=)[^&#]*")

LONGEST: Final = 24 * 60 * 60
"""Seconds that a waiting time of the server may be; longer ones are slips of the pen."""


class Dialect(StrEnum):
    """How answers at the root look."""

    FLAT = "flat"
    DATA = "data"


class LogFormat(StrEnum):
    """How a line of the log looks."""

    PLAIN = "plain"
    JSON = "json"


class LogLevel(StrEnum):
    """From which importance on something is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


E = TypeVar("E", bound=StrEnum)


def dialect(value: str) -> Dialect:
    """Return the dialect of a name."""
    return _member(Dialect, "dialect", value)


def log_format(value: str) -> LogFormat:
    """Return the log format of a name."""
    return _member(LogFormat, "log_format", value)


def log_level(value: str) -> LogLevel:
    """Return the log level of a name."""
    return _member(LogLevel, "log_level", value)


def database(value: str) -> str:
    """Return the URL of a database that this version can use."""
    if not is_postgres(_text("database", value)):
        sqlite_path(value)
    return value


def host(value: str) -> str:
    """Return a host as it is."""
    return _text("host", value)


def port(value: int | str) -> int:
    """Return the number of a port."""
    return _whole("port", value, 0, 65535, "a number from 0 (any free one) to 65535")


def workers(value: int | str) -> int:
    """Return a number of processes."""
    return _whole("workers", value, 1, 256, "a number of processes from 1 to 256")


def max_connections(value: int | str) -> int:
    """Return a number of connections."""
    expected = "a number of connections from 1 to 1000000"
    return _whole("max_connections", value, 1, 1_000_000, expected)


def drain_seconds(value: float | str) -> float:
    """Return how long a stop may take; zero is as fast as can be."""
    return _seconds("drain_seconds", value, positive=False)


def read_seconds(value: float | str) -> float:
    """Return how long the reading of one request may take."""
    return _seconds("read_seconds", value)


def idle_seconds(value: float | str) -> float:
    """Return how long a connection may be idle."""
    return _seconds("idle_seconds", value)


def models(value: Path | str | None) -> Path | None:
    """Return the path of a model file."""
    return _path("models", value)


def keys(value: Path | str | None) -> Path | None:
    """Return the path of a file of keys."""
    return _path("keys", value)


def is_postgres(url: str) -> bool:
    """Return whether a database URL names one of PostgreSQL."""
    return url.startswith(("postgresql://", "postgres://"))


def sqlite_path(url: str) -> str:
    """Return the file that a database URL names.

    Raises:
        SettingsError: It is not the URL of a SQLite file.
    """
    found = _SQLITE_URL.fullmatch(_text("database", url))
    path = unquote(found["path"]) if found else ""
    if path in ("", ":memory:"):
        expected = (
            "sqlite:///relative/file.db, sqlite:////absolute/file.db "
            "or postgresql://user:password@host:port/name"
        )
        raise SettingsError("database", without_password(url), expected)
    return path


def without_password(url: str) -> str:
    """Return a database URL that may be shown.

    >>> without_password("postgresql://statusek:s3cret@db/statusek")
    'postgresql://statusek:***@db/statusek'
    """
    return _PASSWORD.sub(lambda found: "***" if found["user"] is None else f"{found[1]}:***@", url)


def _member(kind: type[E], name: str, value: str) -> E:
    try:
        return kind(value)
    except ValueError:
        *others, last = kind
        raise SettingsError(name, str(value), f"{', '.join(others)} or {last}") from None


def _text(name: str, value: str) -> str:
    # A file of settings may hold anything.
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise SettingsError(name, str(value), "a text")
    return value


def _path(name: str, value: Path | str | None) -> Path | None:
    if value is None or isinstance(value, Path):
        return value
    if not _text(name, value):
        raise SettingsError(name, value, "the path of a file")
    return Path(value)


def _whole(name: str, value: object, least: int, most: int, expected: str) -> int:
    try:
        number = int(value) if isinstance(value, int | str) else least - 1
    except ValueError:
        number = least - 1
    if isinstance(value, bool) or not least <= number <= most:
        raise SettingsError(name, str(value), expected)
    return number


def _seconds(name: str, value: float | str, *, positive: bool = True) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number <= LONGEST or (positive and not number):
        least = "more than 0" if positive else "0"
        raise SettingsError(name, str(value), f"seconds, from {least} to {LONGEST}")
    return number
