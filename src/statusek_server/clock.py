"""The clock: the one place that asks the machine for the time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present moment, with its offset."""


def utc_now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)
