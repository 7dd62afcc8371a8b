"""Merging: one message over the messages of several applications, as an aggregator answers it.

Only `merge` and its rules live here, for one branch of it, too: where a root came from, what is cut
off and how that is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import cast

from csm.component import Component
from csm.construction import MAX_DEPTH
from csm.identity import identity, label
from csm.message import StatusMessage
from csm.note import Note
from csm.printable import printable
from csm.tree import rebuilt, walk, with_sub_statuses, worst
from csm.vocabulary import Status, StatusLike, StatusMessageType, StatusMessageTypeLike


def merge(
    component: Component,
    messages: Iterable[StatusMessage] | Mapping[str, StatusMessage],
    *,
    status: StatusLike | None = None,
    status_message_type: StatusMessageTypeLike = StatusMessageType.COMPONENT,
    notes: Sequence[Note] = (),
    timestamp: datetime | None = None,
    max_depth: int = MAX_DEPTH,
) -> StatusMessage:
    """Put the messages of several applications under one parent.

    Each root keeps its status, its times and everything else that it says. A branch about the
    parent itself is cut out of a root, which then has a note that says so: applications that
    include each other's status would otherwise grow it with every request, and an old status of the
    parent would keep it from recovering. Likewise a branch is cut off where it would be deeper than
    allowed; the node above it then takes over the worst status that was cut off.

    Args:
        component: What the parent is about.
        messages: The roots; a mapping names the source of each (its address, say), which the root
            then has as a note.
        status: The parent's status; default: the worst of the roots' own (not of what is below
            them: each application judges for itself what its parts mean to it; `rolled_up()` judges
            otherwise), OK without any.
        status_message_type: What the parent is, in its own parent.
        notes: The parent's notes.
        timestamp: The parent's time, aware; default: now.
        max_depth: The most levels that the result may have, from 2 to 100.

    Returns:
        The parent, with the roots as its sub-statuses, in their order.

    Raises:
        TypeError: A root is not a StatusMessage, or what the parent is about no Component.
        ValueError: `max_depth` is out of range.
        CsmValidationError: Another argument cannot be part of a message.
    """
    if not 2 <= max_depth <= MAX_DEPTH:
        raise ValueError(f"max_depth is from 2 to {MAX_DEPTH}, not {max_depth}")
    if not isinstance(component, Component):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"merge takes a Component, not {type(component).__name__}")
    own = identity(component)
    own_notes = list(notes)
    roots: list[StatusMessage] = []
    for source, message in _with_sources(messages):
        if identity(message.component) == own:
            own_notes.append(_itself_note(component, source))
        else:
            roots.append(branch(message, component, source, max_depth=max_depth - 1))
    if status is None:
        status = Status.worst([Status.OK, *(root.status for root in roots)])
    return StatusMessage(
        component=component,
        status_message_type=status_message_type,
        status=status,
        timestamp=timestamp,
        notes=own_notes,
        sub_statuses=roots,
    )


def branch(
    message: StatusMessage, parent: Component, source: str | None, *, max_depth: int
) -> StatusMessage:
    """Return a message as one root of a merge.

    Args:
        message: What an application said, which is not about the parent itself.
        parent: What the parent is about; branches about it are cut out.
        source: Where the message came from, for a note.
        max_depth: The most levels that the branch may have.
    """
    root = _not_deeper(_without_loops(message, parent), max_depth)
    return root if source is None else _with_note(root, _source_note(source))


def _with_sources(
    messages: Iterable[StatusMessage] | Mapping[str, StatusMessage],
) -> Iterator[tuple[str | None, StatusMessage]]:
    if isinstance(messages, Mapping):
        by_source = cast("Mapping[str, StatusMessage]", messages)
        yield from ((source, _checked(message)) for source, message in by_source.items())
    else:
        yield from ((None, _checked(message)) for message in messages)


def _checked(message: object) -> StatusMessage:
    if not isinstance(message, StatusMessage):
        raise TypeError(f"merge takes StatusMessages, not {type(message).__name__}")
    return message


def _without_loops(message: StatusMessage, component: Component) -> StatusMessage:
    own = identity(component)
    cut = 0

    def rebuild(_depth: int, node: StatusMessage, subs: tuple[StatusMessage, ...]) -> StatusMessage:
        nonlocal cut
        kept = tuple(sub for sub in subs if identity(sub.component) != own)
        cut += len(subs) - len(kept)
        return with_sub_statuses(node, kept)

    result = rebuilt(message, rebuild)
    return _with_note(result, _loop_note(component, cut)) if cut else result


def _not_deeper(message: StatusMessage, deepest: int) -> StatusMessage:
    def rebuild(depth: int, node: StatusMessage, subs: tuple[StatusMessage, ...]) -> StatusMessage:
        return _cut_off(node) if depth == deepest and subs else with_sub_statuses(node, subs)

    return rebuilt(message, rebuild)


def _cut_off(node: StatusMessage) -> StatusMessage:
    below = worst(node)
    status = max(node.status, below)
    return _with_note(node.replace(status=status, sub_statuses=()), _depth_note(node))


def _with_note(message: StatusMessage, note: Note) -> StatusMessage:
    return message if note in message.notes else message.replace(notes=(*message.notes, note))


def _source_note(source: str) -> Note:
    return Note(title="Source", detail=source)


def _itself_note(component: Component, source: str | None) -> Note:
    origin = "" if source is None else f", from {printable(source)},"
    return Note(
        title=f"Left out: the status of {label(component)} itself",
        detail=f"A message{origin} is about {label(component)}, as this one is: "
        "the application asked itself.",
    )


def _loop_note(component: Component, count: int) -> Note:
    branches = "1 branch" if count == 1 else f"{count:,} branches"
    return Note(
        title=f"Left out: {branches} about {label(component)}",
        detail=f"This message is part of that of {label(component)}; statuses that "
        "contain each other would never end.",
    )


def _depth_note(node: StatusMessage) -> Note:
    count = sum(1 for _ in walk(node)) - 1
    statuses = "1 status" if count == 1 else f"{count:,} statuses"
    return Note(
        title=f"Left out: {statuses} below this one",
        detail="They were deeper than a message may be; the worst of their statuses counts here.",
    )
