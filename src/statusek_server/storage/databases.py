"""Databases: which storage a URL names.

Here lives the choice; how a storage is opened lives with it.
"""

from __future__ import annotations

from statusek_server.clock import Clock
from statusek_server.errors import SettingsError
from statusek_server.setting_values import is_postgres, sqlite_path
from statusek_server.storage.protocol import OpenStorage
from statusek_server.storage.sqlite import open_sqlite


def open_database(url: str, clock: Clock) -> OpenStorage:
    """Return the storage of a URL, to be entered.

    Args:
        url: ``sqlite:///…`` or ``postgresql://…``.
        clock: The clock of a storage that has none of its own.

    Raises:
        SettingsError: What it needs is not installed.
    """
    if not is_postgres(url):
        return open_sqlite(sqlite_path(url), clock)
    try:
        from statusek_server.storage.postgres import open_postgres
    except ImportError as error:
        expected = "sqlite:///… , or asyncpg to be installed: pip install 'csm-statusek[postgres]'"
        raise SettingsError("database", "postgresql://…", expected) from error
    return open_postgres(url)
