"""A status message that is too large for a server, cut to what its root says.

Only what is left of it lives here, and how much a server takes; when a server finds a message too
large is in `flows`.
"""

from __future__ import annotations

import json
from typing import Final

from csm import Note, StatusMessage, StatusMessageSerializer

LARGEST_MESSAGE: Final = 1024 * 1024 - 16 * 1024
"""Bytes of a message's text as it stands in a request: servers of ours take 1 MiB in all, and the
usual proxies as much."""

LEAST_MESSAGE: Final = 16 * 1024
"""Bytes of a message's text for a server that takes less, and does not say how much."""


def fitting(message: StatusMessage, limit: int = LARGEST_MESSAGE) -> str:
    """Return a message as compact JSON; cut where it is larger than `limit` bytes.

    What is left is the root, with the worst status of all parts, and a note that says so; its own
    notes are left out, too, where they alone are too large.

    Raises:
        ValueError: the root alone is larger.
    """
    text = StatusMessageSerializer.to_json_string(message)
    size = _size(text)
    if size <= limit:
        return text
    parts = sum(1 for _ in message.walk()) - 1
    said = Note(
        title="This message was cut",
        detail=f"It had {size} bytes and {parts} parts below this one, too much for the server; "
        "the status here is the worst of all.",
    )
    root = message.replace(status=message.worst(), sub_statuses=())
    for notes in ((*root.notes, said), (said,)):
        text = StatusMessageSerializer.to_json_string(root.replace(notes=notes))
        if _size(text) <= limit:
            return text
    raise ValueError(f"status_message is larger than {limit} bytes without its parts and notes")


def _size(text: str) -> int:
    # It travels as a string in JSON, in which its quotes are escaped.
    return len(json.dumps(text, ensure_ascii=False).encode())
