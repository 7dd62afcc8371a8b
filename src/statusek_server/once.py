"""Once: calls that are done once however often they come, by the key that their caller has chosen.

Here live which keys are good and how a key and what it came with are remembered. How long, and in
which transaction, lives with the storages.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Final

from statusek_server.errors import ParametersError
from statusek_server.storage.instances import Once

LONGEST_KEY: Final = 255
"""Characters in the longest key."""

HEADER: Final = "idempotency-key"

_GOOD_KEY: Final = re.compile(rf"[!-~]{{1,{LONGEST_KEY}}}")


def key_of(values: Sequence[str], caller: str | None = None) -> str | None:
    """Return the key that a request came with, or None; keys of two callers are never the same.

    Args:
        values: What its headers of this name say.
        caller: Whose request it is, where callers are known.

    Raises:
        ParametersError: There are several, or it is empty or too long.
    """
    if not values:
        return None
    if len(values) > 1:
        raise ParametersError(f"There are {len(values)} idempotency keys; expected one")
    [key] = values
    if not _GOOD_KEY.fullmatch(key):
        raise ParametersError(
            f"The idempotency key has {len(key)} characters; "
            f"expected 1 to {LONGEST_KEY} visible ones of ASCII"
        )
    # The line break, which no key has, keeps the two apart whatever the name is.
    return key if caller is None else f"{caller}\n{key}"


def once_of(key: str | None, *body: str | int | None) -> Once | None:
    """Return what is remembered of a call, hashed, so that it is short and tells nothing.

    Args:
        key: The key, or None for a call that is done whenever it comes.
        body: What is called, with its arguments.
    """
    if key is None:
        return None
    return Once(_hash(key), _hash(json.dumps(body)))


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
