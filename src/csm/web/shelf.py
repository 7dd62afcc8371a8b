"""The shelf: answers that are kept as long as the message they were written from is the newest.

Only keeping and forgetting live here, within a bound of bytes.
"""

from __future__ import annotations

import time
from typing import Final, TypeAlias

import attrs

from csm.message import StatusMessage
from csm.web.answer import Told

View: TypeAlias = tuple[object, bool]
"""What is asked for, and whether with details."""

_MOST: Final = 512
_MOST_BYTES: Final = 16 * 1024 * 1024
_AGEING_FOR: Final = 1.0
"""Seconds for which a body is kept that says how old things are."""


@attrs.frozen(eq=False)
class _Kept:
    """An answer, what it was written from, and until when it holds; None: as long as that."""

    message: StatusMessage
    told: Told
    until: float | None


class Shelf:
    """Answers by view; safe to use from several threads, which at worst write the same twice."""

    def __init__(self) -> None:
        self._kept: dict[View, _Kept] = {}

    def find(self, view: View, message: StatusMessage) -> Told | None:
        """Return the answer that was written from this very message, if it still holds.

        Args:
            view: What is asked for.
            message: How all is.
        """
        kept = self._kept.get(view)
        if kept is None or kept.message is not message:
            return None
        return kept.told if kept.until is None or time.monotonic() < kept.until else None

    def keep(self, view: View, message: StatusMessage, told: Told, *, tells_ages: bool) -> None:
        """Keep an answer.

        Args:
            view: What is asked for.
            message: What it was written from.
            told: The answer.
            tells_ages: Whether it is out of date a second later.
        """
        until = time.monotonic() + _AGEING_FOR if tells_ages else None
        kept = self._kept | {view: _Kept(message, told, until)}
        size = sum(len(each.told.answer.body) for each in kept.values())
        if len(kept) > _MOST or size > _MOST_BYTES:
            kept = {view: kept[view]}
        self._kept = kept
