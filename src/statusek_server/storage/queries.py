"""Named SQL: the ``.sql`` files of a database, by name.

Here lives how the files are found and read. A file of queries is a sequence of blocks, each opened
by a line ``-- name: the_name`` and its description in comments; a migration is a file of its own,
numbered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from attrs import frozen

_NAME: Final = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
_COMMENT: Final = re.compile(r"^--.*\n", re.MULTILINE)


@frozen
class Migration:
    """One step of a schema.

    Args:
        version: The version of the schema after it.
        sql: Its statements.
    """

    version: int
    sql: str


@cache
def queries(database: str) -> Mapping[str, str]:
    """Return the named queries of a database.

    Args:
        database: The folder under ``storage/sql``.
    """
    text = (files("statusek_server") / f"storage/sql/{database}/queries.sql").read_text("utf-8")
    _, *parts = _NAME.split(text)
    blocks = zip(parts[::2], parts[1::2], strict=True)
    return MappingProxyType({name: _COMMENT.sub("", block).strip() for name, block in blocks})


def migrations(database: str) -> tuple[Migration, ...]:
    """Return every migration of a database, in order.

    Args:
        database: The folder under ``storage/sql``.
    """
    return tuple(sorted(_migrations(database), key=lambda migration: migration.version))


def _migrations(database: str) -> Iterator[Migration]:
    for file in (files("statusek_server") / f"storage/sql/{database}/migrations").iterdir():
        if file.name.endswith(".sql"):
            yield Migration(int(file.name.partition("_")[0]), file.read_text("utf-8"))
