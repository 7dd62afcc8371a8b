"""Durations: spans of time in the few words that a person reads at a glance.

Only durations and their wording live here; ages of moments are in ``csm.render.age``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def in_words(span: timedelta) -> str:
    """Return a span in its two largest units, or in milliseconds below a second.

    >>> in_words(timedelta(minutes=5, seconds=3))
    '5 min 3 s'
    >>> in_words(timedelta(seconds=2.25))
    '2.2 s'
    >>> in_words(timedelta(microseconds=40_700))
    '41 ms'
    """
    seconds = span.total_seconds()
    if seconds < 0:
        return f"-{in_words(-span)}"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    parts: list[str] = []
    left = int(seconds)
    for length, unit in _UNITS:
        amount, left = divmod(left, length)
        if amount or parts:
            parts.append(f"{amount} {unit}")
    return " ".join(part for part in parts[:2] if not part.startswith("0 "))
