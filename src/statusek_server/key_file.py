"""The file of keys: TOML in, a keyring out, and back; read again when it has changed.

Here lives its form. What a key allows lives in ``keys``, the commands that write it in
``key_commands``.
"""

from __future__ import annotations

import logging
import os
import re
import tempfile
import time
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from pathlib import Path
from typing import Final, cast

from attrs import define, field

from statusek_server.errors import KeyFileError
from statusek_server.keys import Key, Keyring, Scope
from statusek_server.toml_text import toml_value

logger = logging.getLogger("statusek_server")

PERIOD: Final = 1.0
"""Seconds after which a change of the file is noticed."""

HEADER: Final = "# Hashes of the keys of a Statusek server; kept by 'statusek keys'.\n"

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_FIELDS: Final = frozenset({"name", "sha256", "scopes", "expires"})


@define
class KeyFile:
    """A file of keys that is read again when it has changed.

    A change that cannot be read is logged, and the keys stay as they were.

    Args:
        path: The file.
        clock: Returns seconds that only grow.
    """

    path: Path
    clock: Callable[[], float] = time.monotonic
    _keyring: Keyring = field(init=False)
    _mark: tuple[int, int, int] | None = field(init=False)
    _looked_at: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._looked_at = self.clock()
        self._mark = self._marked()
        self._keyring = read_keys(self.path)

    def keyring(self) -> Keyring:
        """Return the keys as they are now, give or take a second."""
        now = self.clock()
        if now - self._looked_at >= PERIOD:
            self._looked_at = now
            self._look()
        return self._keyring

    def _look(self) -> None:
        mark = self._marked()
        if mark == self._mark:
            return
        self._mark = mark
        try:
            self._keyring = read_keys(self.path)
        except KeyFileError as error:
            logger.error("the keys stay as they were: %s", error)  # noqa: TRY400 - one line
        else:
            logger.warning("%s was read again: %d keys", self.path, len(self._keyring.keys))

    def _marked(self) -> tuple[int, int, int] | None:
        with suppress(OSError):
            seen = self.path.stat()
            return seen.st_mtime_ns, seen.st_size, seen.st_ino
        return None


def read_keys(path: Path) -> Keyring:
    """Return the keys of a file.

    Args:
        path: The file.

    Raises:
        KeyFileError: It cannot be read, or is not a file of keys.
    """
    try:
        with path.open("rb") as file:
            document = tomllib.load(file)
    except OSError as error:
        raise KeyFileError(str(path), f"the keys cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KeyFileError(str(path), f"is not TOML: {error}") from error
    try:
        return _keyring(document)
    except ValueError as error:
        raise KeyFileError(str(path), str(error)) from error


def write_keys(path: Path, keyring: Keyring) -> None:
    """Write keys to a file, which servers see whole, before or after.

    Args:
        path: The file; readable for its owner only, unless it is there already.
        keyring: The keys.

    Raises:
        KeyFileError: It cannot be written.
    """
    text = HEADER + "".join(f"\n{entry(key)}" for key in keyring.keys)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileNotFoundError):
                Path(name).chmod(path.stat().st_mode & 0o777)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink()
            raise
    except OSError as error:
        raise KeyFileError(str(path), f"the keys cannot be written: {error.strerror}") from error


def entry(key: Key) -> str:
    """Return a key as it stands in a file."""
    lines = [
        "[[key]]",
        f"name = {toml_value(key.name)}",
        f'sha256 = "{key.sha256}"',
        f"scopes = {toml_value([scope.value for scope in Scope if scope in key.scopes])}",
    ]
    if key.expires is not None:
        lines.append(f"expires = {key.expires.isoformat()}")
    return "\n".join(lines) + "\n"


def _keyring(document: Mapping[str, object]) -> Keyring:
    entries = document.get("key", [])
    if set(document) - {"key"} or not isinstance(entries, list):
        raise ValueError(f"has {', '.join(sorted(document))}; expected only [[key]] tables")
    keys = tuple(
        _key(number, found) for number, found in enumerate(cast("list[object]", entries), 1)
    )
    names = [key.name for key in keys]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two keys have the name {name!r}; expected one name for each")
    return Keyring(keys)


def _key(number: int, found: object) -> Key:
    where = f"key number {number}"
    if not isinstance(found, dict):
        raise ValueError(f"{where} is not a table")  # noqa: TRY004 - of a file, not of a program
    fields = cast("dict[str, object]", found)
    for unknown in sorted(set(fields) - _FIELDS):
        raise ValueError(f"{where} has {unknown}; expected name, sha256, scopes and expires")
    name, digest, scopes = (fields.get(key) for key in ("name", "sha256", "scopes"))
    if not isinstance(name, str) or not name:
        raise ValueError(f"{where} has no name")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise ValueError(f"{where} ({name}) has no sha256 of 64 hexadecimal digits")
    return Key(name, digest, _scopes(f"{where} ({name})", scopes), _expires(where, fields))


def _scopes(where: str, found: object) -> frozenset[Scope]:
    try:
        scopes = frozenset(Scope(str(scope)) for scope in cast("list[object]", found))
    except (TypeError, ValueError):
        scopes = frozenset[Scope]()
    if not scopes or not isinstance(found, list):
        raise ValueError(f"{where} has wrong scopes; expected some of {', '.join(Scope)}")
    return scopes


def _expires(where: str, fields: Mapping[str, object]) -> datetime | None:
    found = fields.get("expires")
    if found is None:
        return None
    if not isinstance(found, date):
        expected = "expected a TOML date or date-time"
        raise ValueError(f"{where} has a wrong expires; {expected}")  # noqa: TRY004 - as above
    if not isinstance(found, datetime):
        found = datetime.combine(found, time_of_day.min)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
