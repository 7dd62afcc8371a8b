"""Making a document that breaks a rule as small as it gets.

Only the search for a smaller one lives here: pieces are left out, large ones first, as long as the
same rule is still broken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic
from typing import TypeVar

S = TypeVar("S", str, bytes)


def smallest(source: S, breaks: Callable[[S], bool], seconds: float = 30) -> S:
    """Return a part of a document that still breaks its rule.

    Args:
        source: A document that does.
        breaks: Whether another one does.
        seconds: How long to search at most.
    """
    until = monotonic() + seconds
    size = max(1, len(source) // 2)
    while size:
        for shorter in _without_pieces(source, size):
            if monotonic() > until:
                return source
            if breaks(shorter):
                source = shorter
                break
        else:
            size //= 2
    return source


def _without_pieces(source: S, size: int) -> Iterator[S]:
    for start in range(0, len(source), size):
        yield source[:start] + source[start + size :]
