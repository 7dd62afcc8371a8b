"""Times in SQLite, which has no type for them: microseconds since 1970-01-01T00:00:00Z."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


def micros_of(moment: datetime) -> int:
    """Return a moment as a row has it."""
    return (moment - EPOCH) // MICROSECOND


def moment_of(micros: int) -> datetime:
    """Return the moment of a row."""
    return EPOCH + micros * MICROSECOND
