"""Preferences: what a client would like of an answer (RFC 7240).

Here lives the reading of ``Prefer`` headers. Whatever cannot be read is ignored, as a preference
may always be. Honouring one lives with whoever answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

LONGEST_WAIT: Final = 60
"""Seconds that an answer is held at most."""

LONGEST_HEADER: Final = 1000
"""Characters of preferences that are read; more are ignored."""

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_ELEMENT: Final = re.compile(rf'(?:[^,"]|{_QUOTED})+')
_PREFERENCE: Final = re.compile(
    rf"[ \t]*({_WORD})[ \t]*(?:=[ \t]*({_WORD}|{_QUOTED})?[ \t]*)?(?:;.*)?"
)
_ESCAPED: Final = re.compile(r"\\(.)")


def wait_of(headers: Iterable[str]) -> int | None:
    """Return the seconds that a client would have its answer held, or None for no preference.

    Args:
        headers: The values of all ``Prefer`` headers of a request.

    Returns:
        At most ``LONGEST_WAIT``.

    >>> wait_of(['respond-async, Wait="20"; foo=bar'])
    20
    """
    text = ",".join(headers)
    if len(text) > LONGEST_HEADER:
        return None
    for element in _ELEMENT.findall(text):
        found = _PREFERENCE.fullmatch(element)
        if found and found[1].lower() == "wait":
            # Of several only the first counts, also where it says nothing of use.
            return _seconds(_unquoted(found[2] or ""))
    return None


def _unquoted(word: str) -> str:
    return _ESCAPED.sub(r"\1", word[1:-1]) if word.startswith('"') else word


def _seconds(word: str) -> int | None:
    return min(int(word), LONGEST_WAIT) if word.isascii() and word.isdigit() else None
