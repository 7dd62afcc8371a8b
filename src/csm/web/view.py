"""Views: the part of a message that somebody gets to see.

Only choosing and cutting live here: one component of a tree, a message without its details, and a
message that would be too large.
"""

from __future__ import annotations

from typing import cast

from csm.component import GeneralComponent
from csm.identity import label
from csm.message import StatusMessage
from csm.note import Note
from csm.tree import walk


def component_below(message: StatusMessage, path: str) -> StatusMessage | None:
    """Return the first node of a path, or None.

    Args:
        message: The root, which is no part of the path.
        path: The labels of the components below it with `/` between them; a label may have some
            itself, between name and ids.
    """
    waiting = [(message, path)]
    while waiting:
        node, rest = waiting.pop()
        for below in reversed(node.sub_statuses):
            name = label(below.component)
            if rest.startswith(f"{name}/"):
                waiting.append((below, rest[len(name) + 1 :]))
        # An end that is found here comes before one that is only found below.
        for below in node.sub_statuses:
            if rest == label(below.component):
                return below
    return None


def rolled_up_only(message: StatusMessage) -> StatusMessage:
    """Return a message without its details: component, kind, status and time."""
    component = cast("GeneralComponent", message.component).replace(extra={})  # as all kinds have
    return message.replace(component=component, notes=(), sub_statuses=(), extra={})


def cut(message: StatusMessage, size: int, most: int) -> StatusMessage:
    """Return what is told instead of a message that is too large: its roll-up, with a note.

    Args:
        message: The message.
        size: The bytes that it would take.
        most: The bytes that it may take.
    """
    count = sum(1 for _ in walk(message)) - 1
    statuses = "1 status" if count == 1 else f"{count:,} statuses"
    note = Note(
        title=f"Left out: {statuses} below, and all notes",
        detail=f"The answer would take {size:,} bytes, where {most:,} are allowed.",
        action_to_take="Ask for one component, or raise max_bytes=",
    )
    return rolled_up_only(message).replace(notes=[note])
