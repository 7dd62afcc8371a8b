"""The time line: the events of an instance with the time that passed between them.

Here lives how stored events become what a page shows of them, messages included.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from attrs import frozen

from csm import CsmError, StatusMessage, StatusMessageSerializer
from statusek_server.models import Status
from statusek_server.storage.instances import Snapshot

LARGEST_TREE: Final = 256 * 1024
"""Bytes of a message that a page tries to read as a Commons Status Message."""

_READER: Final = StatusMessageSerializer(
    unknown_values="keep", problems="first", max_bytes=LARGEST_TREE
)


@frozen
class Entry:
    """An event on the time line.

    Args:
        number: Which, from 1.
        status: What was set.
        at: When.
        since_start: The time since the instance was created.
        since_previous: The time since the event before, or since the creation.
        text: The message as it came.
        message: The message as a Commons Status Message, where it is one.
    """

    number: int
    status: Status
    at: datetime
    since_start: timedelta
    since_previous: timedelta
    text: str
    message: StatusMessage | None


def timeline(seen: Snapshot) -> tuple[Entry, ...]:
    """Return the events of an instance, in their order.

    Args:
        seen: The instance, with its events.
    """
    return tuple(_entries(seen))


def _entries(seen: Snapshot) -> Iterator[Entry]:
    previous = seen.created_at
    for number, stored in enumerate(seen.events, 1):
        yield Entry(
            number,
            seen.published.statuses[stored.status_id],
            stored.created_at,
            stored.created_at - seen.created_at,
            stored.created_at - previous,
            stored.message,
            message_of(stored.message),
        )
        previous = stored.created_at


def message_of(text: str) -> StatusMessage | None:
    """Return the Commons Status Message that a text is, or None."""
    if not text.startswith("{"):
        return None
    try:
        return _READER.from_json_string(text)
    except CsmError:
        return None
