"""Keys: who may do what.

Here live the scopes, what each call needs, and whether a key that somebody shows is one of those
that are known. Pure: files of keys live in ``key_file``, HTTP in ``access``.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from attrs import field, frozen

from statusek_server.answers import Call

PREFIX: Final = "stk_"
"""What a key begins with, so that scanners for secrets know it."""

ENTROPY: Final = 32
"""Random bytes of a key: too many to guess, so that one round of SHA-256 hides it well."""


class Scope(StrEnum):
    """What a key allows."""

    CREATE = "create"
    SET = "set"
    READ = "read"
    ADMIN = "admin"


SCOPES: Final[Mapping[Call, Scope]] = {
    Call.ABOUT: Scope.READ,
    Call.BEAT: Scope.SET,
    Call.CHECK_IS_FINISHED: Scope.READ,
    Call.CHECK_STATUS_IS_READY_TO_SET: Scope.READ,
    Call.CHECK_STATUS_IS_SET: Scope.READ,
    Call.CREATE: Scope.CREATE,
    Call.GET_EVENTS: Scope.READ,
    Call.SET_GLOBAL_STATUS: Scope.ADMIN,
    Call.SET_STATUS: Scope.SET,
}
"""What each call needs."""


@frozen
class Key:
    """A key as it is kept: not the key itself.

    Args:
        name: Whose it is.
        sha256: The digest of the key, in hexadecimal digits.
        scopes: What it allows.
        expires: When it ends, or None.
    """

    name: str
    sha256: str = field(repr=False)
    scopes: frozenset[Scope]
    expires: datetime | None = None

    def allows(self, scope: Scope) -> bool:
        """Return whether it allows something; who may administer may do everything."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


@frozen
class Keyring:
    """All keys that are known.

    Args:
        keys: The keys.
    """

    keys: tuple[Key, ...] = ()

    def find(self, shown: str, now: datetime) -> Key | None:
        """Return the key that somebody shows, or None where it is unknown or has ended.

        Takes the same time whichever key is shown, and whether it is known.

        Args:
            shown: What was shown.
            now: The present moment.
        """
        digest = digest_of(shown)
        found = None
        for key in self.keys:
            if hmac.compare_digest(digest, key.sha256):
                found = key
        if found is None or (found.expires is not None and found.expires <= now):
            return None
        return found


def new_key() -> str:
    """Return a key that nobody has seen."""
    return PREFIX + secrets.token_urlsafe(ENTROPY)


def digest_of(key: str) -> str:
    """Return what is kept of a key."""
    return sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
