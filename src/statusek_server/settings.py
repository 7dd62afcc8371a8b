"""Settings: what a server is told from outside, checked before it starts.

Here lives the only reader of the environment. Flags win over the environment, the environment over
a file, the file over the defaults; which values are good lives in ``setting_values``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import asdict, evolve, field, fields_dict, frozen

from statusek_server import setting_values
from statusek_server.configuration import Told, as_toml, told
from statusek_server.errors import ConfigurationError, Problem, SettingsError
from statusek_server.setting_values import Dialect, LogFormat, LogLevel, without_password


@frozen(kw_only=True)
class Settings:
    """What a server is told from outside.

    Args:
        database: The URL of the database: ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or
            ``postgresql://user:password@host:port/name``.
        models: A file of status models, or None for the default catalogue.
        dialect: How answers at the root look, ``flat`` or ``data``.
        host: The address to listen on.
        port: The port to listen on; 0 for a free one.
        workers: How many processes serve.
        keys: A file of keys, one of which a caller must then show, or None to serve everybody.
        log_format: How a line of the log looks, ``plain`` or ``json``.
        log_level: From which importance on something is logged: ``debug``, ``info``, ``warning``
            or ``error``.
        drain_seconds: Seconds that requests under way may take once the server is told to stop.
        read_seconds: Seconds that a caller may take to send one request.
        idle_seconds: Seconds that a connection may be idle between two requests.
        max_connections: How many connections one process keeps; the next ones are refused.

    Raises:
        SettingsError: A value cannot be used.
    """

    database: str = field(default="sqlite:///statusek.db", converter=setting_values.database)
    models: Path | None = field(default=None, converter=setting_values.models)
    dialect: Dialect = field(default=Dialect.FLAT, converter=setting_values.dialect)
    host: str = field(default="127.0.0.1", converter=setting_values.host)
    port: int = field(default=8080, converter=setting_values.port)
    workers: int = field(default=1, converter=setting_values.workers)
    keys: Path | None = field(default=None, converter=setting_values.keys)
    log_format: LogFormat = field(default=LogFormat.PLAIN, converter=setting_values.log_format)
    log_level: LogLevel = field(default=LogLevel.WARNING, converter=setting_values.log_level)
    drain_seconds: float = field(default=10.0, converter=setting_values.drain_seconds)
    read_seconds: float = field(default=30.0, converter=setting_values.read_seconds)
    # More than clients and proxies usually keep theirs, so that it is they who close.
    idle_seconds: float = field(default=75.0, converter=setting_values.idle_seconds)
    max_connections: int = field(default=4096, converter=setting_values.max_connections)

    @classmethod
    def read(
        cls, flags: Mapping[str, str | None], environment: Mapping[str, str] = os.environ
    ) -> Settings:
        """Return the settings of a process.

        Args:
            flags: What the command line says, by the names of the settings, and ``config`` for the
                file; None for nothing.
            environment: The variables of the process.

        Raises:
            ConfigurationError: Something cannot be used; it names all that is wrong.
        """
        return cls._of(told(fields_dict(cls), flags, environment))

    @classmethod
    def describe(
        cls, flags: Mapping[str, str | None], environment: Mapping[str, str] = os.environ
    ) -> str:
        """Return the settings of a process as TOML, with their sources and without secrets.

        Args:
            flags: As for ``read``.
            environment: As for ``read``.

        Raises:
            ConfigurationError: As for ``read``.
        """
        sources = told(fields_dict(cls), flags, environment)
        shown = asdict(cls._of(sources), value_serializer=_shown)
        return as_toml(shown | {"database": without_password(shown["database"])}, sources)

    @classmethod
    def _of(cls, sources: Mapping[str, Told]) -> Settings:
        settings, problems = cls(), list[Problem]()
        for name, said in sources.items():
            change: dict[str, Any] = {name: said.value}
            try:
                settings = evolve(settings, **change)
            except SettingsError as error:
                what = f"is {error.value!r}; expected {error.expected}"
                problems.append(Problem(said.source, what))
        if problems:
            raise ConfigurationError(tuple(problems))
        return settings


def _shown(_: object, __: object, value: object) -> object:
    return str(value) if isinstance(value, Path) else value
