"""Difference: what changed from one status message to a later one.

Only the comparison of two messages lives here, and its wording; the identity of a component is in
`csm.identity`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import zip_longest
from typing import TypeAlias

import attrs

from csm.identity import Identity, Path, identity, path_label
from csm.message import StatusMessage
from csm.note import Note
from csm.printable import printable
from csm.tree import walk, worst
from csm.vocabulary import Status, StatusMessageType

# A number for all that a subtree says, its times and the order of its parts left out; it is found
# by the node's id().
_Shapes: TypeAlias = dict[int, int]


class ChangeKind(StrEnum):
    """What happened to one component from the old message to the new one."""

    WORSENED = "worsened"
    RECOVERED = "recovered"
    APPEARED = "appeared"
    VANISHED = "vanished"
    CHANGED = "changed"


@attrs.frozen
class Change:
    """One thing that changed.

    Attributes:
        kind: What happened. CHANGED is everything but the status getting worse or better: notes,
            unknown keys, or a status that cannot be ranked against the old one.
        path: The components from the root to the one concerned.
        old: The message about it before; None where it appeared.
        new: The message about it now; None where it vanished.
    """

    kind: ChangeKind
    path: Path
    old: StatusMessage | None
    new: StatusMessage | None

    def __str__(self) -> str:
        return f"{_subject(self)} {_predicate(self)}."


@attrs.frozen
class Difference:
    """What changed between two messages; false when nothing but timestamps and order did.

    Attributes:
        items: The changes, those of a component before those of what is below it. A whole branch
            that appeared or vanished is one change.
    """

    items: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.items)

    def of(self, kind: ChangeKind) -> tuple[Change, ...]:
        """Return the changes of one kind.

        Raises:
            ValueError: There is no such kind.
        """
        wanted = ChangeKind(kind)
        return tuple(change for change in self.items if change.kind is wanted)

    def __str__(self) -> str:
        return "\n".join(map(str, self.items)) or "Nothing changed."


def diff(old: StatusMessage, new: StatusMessage) -> Difference:
    """Compare two messages, timestamps aside.

    A component is recognised by its identity (type, name and ids) and its message type, along the
    path from the root. Siblings that are equal in that are paired in order, those that say the same
    first; order alone is no change.

    Args:
        old: The earlier message.
        new: The later message.

    Returns:
        What worsened, recovered, appeared, vanished or changed; false when nothing did.

    Raises:
        TypeError: One of them is no StatusMessage.
    """
    for message in (old, new):
        if not isinstance(message, StatusMessage):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"diff takes StatusMessages, not {type(message).__name__}")
    seen: dict[object, int] = {}
    shapes = _shapes(old, seen) | _shapes(new, seen)
    return Difference(tuple(_changes(old, new, shapes)))


def _shapes(message: StatusMessage, seen: dict[object, int]) -> _Shapes:
    shapes: _Shapes = {}
    # A walk backwards meets every node after the nodes below it.
    for _, node in reversed(list(walk(message))):
        below = tuple(sorted(shapes[id(sub)] for sub in node.sub_statuses))
        shape = (_own(node), frozenset(Counter(node.notes).items()), below)
        shapes[id(node)] = seen.setdefault(shape, len(seen))
    return shapes


def _own(node: StatusMessage) -> StatusMessage:
    """Return the node without its time and all that it holds, to be compared by its equality."""
    return node.replace(epoch_seconds_timestamp=0, notes=(), sub_statuses=())


_Pair: TypeAlias = "tuple[StatusMessage | None, StatusMessage | None]"


def _changes(old: StatusMessage, new: StatusMessage, shapes: _Shapes) -> Iterator[Change]:
    waiting: list[tuple[Path, _Pair]] = []
    waiting.extend(((), pair) for pair in reversed(list(_pairs([old], [new], shapes))))
    while waiting:
        above, (before, after) = waiting.pop()
        path = (*above, _either(after, before).component)
        if before is None or after is None:
            kind = ChangeKind.APPEARED if before is None else ChangeKind.VANISHED
            yield Change(kind, path, before, after)
            continue
        yield from (Change(kind, path, before, after) for kind in _kinds(before, after))
        below = _pairs(before.sub_statuses, after.sub_statuses, shapes)
        waiting.extend((path, pair) for pair in reversed(list(below)))


def _either(*nodes: StatusMessage | None) -> StatusMessage:
    return next(node for node in nodes if node is not None)


def _pairs(
    old: Iterable[StatusMessage], new: Iterable[StatusMessage], shapes: _Shapes
) -> Iterator[_Pair]:
    """Pair siblings that are about the same; pairs that say the same are left out."""
    before, after = _by_identity(old), _by_identity(new)
    for key in after | before:
        olds, news = before.get(key, []), after.get(key, [])
        same = Counter(shapes[id(node)] for node in olds) & Counter(
            shapes[id(node)] for node in news
        )
        yield from zip_longest(_without(olds, same, shapes), _without(news, same, shapes))


def _by_identity(
    nodes: Iterable[StatusMessage],
) -> dict[tuple[Identity, StatusMessageType], list[StatusMessage]]:
    groups: dict[tuple[Identity, StatusMessageType], list[StatusMessage]] = {}
    for node in nodes:
        groups.setdefault((identity(node.component), node.status_message_type), []).append(node)
    return groups


def _without(
    nodes: list[StatusMessage], same: Counter[int], shapes: _Shapes
) -> list[StatusMessage]:
    left = same.copy()
    rest: list[StatusMessage] = []
    for node in nodes:
        shape = shapes[id(node)]
        if left[shape]:
            left[shape] -= 1
        else:
            rest.append(node)
    return rest


def _kinds(old: StatusMessage, new: StatusMessage) -> Iterator[ChangeKind]:
    if old.status < new.status:
        yield ChangeKind.WORSENED
    elif new.status < old.status:
        yield ChangeKind.RECOVERED
    elif old.status != new.status:
        yield ChangeKind.CHANGED
        return
    if _have_other_keys(old, new) or Counter(old.notes) != Counter(new.notes):
        yield ChangeKind.CHANGED


def _subject(change: Change) -> str:
    node = _either(change.old, change.new)
    if node.status_message_type == StatusMessageType.COMPONENT:
        return path_label(change.path)
    return f"{path_label(change.path)} ({node.status_message_type.name})"


def _predicate(change: Change) -> str:
    old, new = change.old, change.new
    if old is None or new is None:
        return _came_or_went(change.kind, _either(old, new))
    if change.kind is ChangeKind.CHANGED:
        return _changed(old, new)
    verb = change.kind.value
    if change.kind is ChangeKind.RECOVERED and new.status != Status.OK:
        verb = "improved"
    return f"{verb} from {_status(old)} to {_status(new)}"


def _came_or_went(kind: ChangeKind, node: StatusMessage) -> str:
    if kind is ChangeKind.APPEARED:
        return f"appeared with the status {_status(node)}{_below(node)}"
    return f"vanished; its status was {_status(node)}{_below(node)}"


def _changed(old: StatusMessage, new: StatusMessage) -> str:
    return _listed([*_status_clauses(old, new), *_note_clauses(old, new), *_key_clauses(old, new)])


def _status(node: StatusMessage) -> str:
    return printable(node.status.name)


def _below(node: StatusMessage) -> str:
    count = sum(1 for _ in walk(node)) - 1
    if not count:
        return ""
    statuses = "1 status" if count == 1 else f"{count:,} statuses"
    return f", with {statuses} below it (the worst: {printable(worst(node).name)})"


def _status_clauses(old: StatusMessage, new: StatusMessage) -> Iterator[str]:
    if old.status != new.status and not (old.status < new.status or new.status < old.status):
        yield f"has the status {_status(new)} instead of {_status(old)}"


def _note_clauses(old: StatusMessage, new: StatusMessage) -> Iterator[str]:
    gone = _titles(Counter(old.notes) - Counter(new.notes))
    come = _titles(Counter(new.notes) - Counter(old.notes))
    for title in come & gone:
        yield f"has a different note {title}"
    for title in come - gone:
        yield f"has a new note {title}"
    for title in gone - come:
        yield f"no longer has the note {title}"


def _titles(notes: Counter[Note]) -> Counter[str]:
    titles: Counter[str] = Counter()
    for note, count in notes.items():
        titles[f"“{printable(note.title)}”"] += count
    return titles


def _key_clauses(old: StatusMessage, new: StatusMessage) -> Iterator[str]:
    if _have_other_keys(old, new):
        yield "has other values under keys that the format does not define"


def _have_other_keys(old: StatusMessage, new: StatusMessage) -> bool:
    # What is paired has the same identity, so components can only differ in their unknown keys.
    return old.extra != new.extra or old.component != new.component


def _listed(clauses: list[str]) -> str:
    *others, last = clauses
    return f"{', '.join(others)} and {last}" if others else last
