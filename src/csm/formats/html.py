"""HTML, for people with a browser; only written.

Only its place among the formats lives here; what it looks like is in `csm.render.html`.
"""

from __future__ import annotations

from typing import Final

from csm.formats.format import Format
from csm.message import StatusMessage
from csm.render.html import page


def write(message: StatusMessage) -> bytes:
    """Return a message as a page that loads nothing and runs nothing."""
    return page(message).encode()


HTML: Final = Format(
    "html",
    ("text/html; charset=utf-8",),
    write,
    loses=("everything to a program",),
    tells_ages=True,
)
