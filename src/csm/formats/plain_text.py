"""Plain text, for people at a terminal and for mails; only written.

Only its place among the formats lives here; what it looks like is in `csm.render.text`.
"""

from __future__ import annotations

from typing import Final

from csm.formats.format import Format
from csm.message import StatusMessage
from csm.render.text import render


def write(message: StatusMessage) -> bytes:
    """Return a message as a tree of lines."""
    return f"{render(message)}\n".encode()


TEXT: Final = Format(
    "text",
    ("text/plain; charset=utf-8",),
    write,
    loses=("everything to a program",),
    tells_ages=True,
)
