"""Settings: what a server is told from outside, checked before it starts.

Here lives the only reader of the environment. Flags win over the environment, the environment over
the defaults.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from attrs import converters, field, fields, frozen

from statusek_server.errors import SettingsError

PREFIX: Final = "STATUSEK_"
"""What the names of environment variables begin with: STATUSEK_DATABASE and so on."""

_SQLITE_URL: Final = re.compile(r"sqlite:///(?P<path>[^?#]*)")


class Dialect(StrEnum):
    """How answers at the root look."""

    FLAT = "flat"
    DATA = "data"


def _dialect(value: str) -> Dialect:
    try:
        return Dialect(value)
    except ValueError:
        raise SettingsError("dialect", value, " or ".join(Dialect)) from None


def _port(value: int | str) -> int:
    try:
        number = int(value)
    except ValueError:
        number = -1
    if not 0 <= number <= 65535:
        raise SettingsError("port", str(value), "a number from 0 (any free one) to 65535")
    return number


def _database(value: str) -> str:
    sqlite_path(value)
    return value


@frozen(kw_only=True)
class Settings:
    """What a server is told from outside.

    Args:
        database: The URL of the database, ``sqlite:///relative.db`` or ``sqlite:////absolute.db``.
        models: A file of status models, or None for the default catalogue.
        dialect: How answers at the root look, ``flat`` or ``data``.
        host: The address to listen on.
        port: The port to listen on; 0 for a free one.

    Raises:
        SettingsError: A value cannot be used.
    """

    database: str = field(default="sqlite:///statusek.db", converter=_database)
    models: Path | None = field(default=None, converter=converters.optional(Path))
    dialect: Dialect = field(default=Dialect.FLAT, converter=_dialect)
    host: str = "127.0.0.1"
    port: int = field(default=8080, converter=_port)

    @classmethod
    def read(
        cls, flags: Mapping[str, str | None], environment: Mapping[str, str] = os.environ
    ) -> Settings:
        """Return the settings of a process.

        Args:
            flags: What the command line says, by the names of the settings; None for nothing.
            environment: The variables of the process.

        Raises:
            SettingsError: A value cannot be used.
        """
        told: dict[str, Any] = {}
        for name in (attribute.name for attribute in fields(cls)):
            flag = flags.get(name)
            variable = environment.get(PREFIX + name.upper())
            if flag is not None:
                told[name] = flag
            elif variable:  # an empty one is how shells unset it
                told[name] = variable
        return cls(**told)


def sqlite_path(database: str) -> str:
    """Return the file that a database URL names.

    Raises:
        SettingsError: It is not the URL of a SQLite file.
    """
    found = _SQLITE_URL.fullmatch(database)
    path = unquote(found["path"]) if found else ""
    if path in ("", ":memory:"):
        raise SettingsError(
            "database", database, "sqlite:///relative/file.db or sqlite:////absolute/file.db"
        )
    return path
