"""Actions: what a status message asks people to do.

Only the reading of actions out of a message lives here; how they are shown is the renderers'
business.
"""

from __future__ import annotations

import attrs

from csm.identity import Path, path_label
from csm.message import StatusMessage
from csm.note import Note
from csm.printable import printable
from csm.tree import walk
from csm.vocabulary import ActionImportance


@attrs.frozen
class Action:
    """Something to do, and where.

    Attributes:
        importance: How soon it is to be done.
        note: The note that asks for it.
        path: The components from the root of the message to the one that the note is about.
    """

    importance: ActionImportance
    note: Note
    path: Path

    @property
    def text(self) -> str:
        """What to do: the note's `action_to_take`, or its title where it names no action."""
        return self.note.action_to_take or self.note.title

    def __str__(self) -> str:
        return f"{self.importance.name}: {printable(self.text)} ({path_label(self.path)})"


def actions(message: StatusMessage) -> tuple[Action, ...]:
    """Return what a message asks people to do, the most important first.

    A note asks for something when it names an action, or when its importance is above NONE. Actions
    of the same importance keep the order of the document.

    Args:
        message: The root of the tree whose notes are read.
    """
    found = (
        Action(importance=note.action_importance, note=note, path=path)
        for path, node in walk(message)
        for note in node.notes
        if _asks_for_something(note)
    )
    return tuple(sorted(found, key=lambda action: action.importance, reverse=True))


def _asks_for_something(note: Note) -> bool:
    return bool(note.action_to_take) or note.action_importance > ActionImportance.NONE
