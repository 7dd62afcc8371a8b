"""The tree that a status message is: walking, finding, rolling up, rebuilding.

Only what follows from the shape of the tree lives here. What is read out of a tree for a purpose of
its own (its actions, a difference, a rendering) or put together into one (a merge) has a module of
its own. Nothing here recurses, so that the deepest message works however deep its caller is.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from csm.catalogue import MajorComponentType, MajorExternalComponentType
from csm.component import Component
from csm.identity import Path, identity, name_of
from csm.vocabulary import Status, StatusLike

if TYPE_CHECKING:
    from csm.message import StatusMessage

Name: TypeAlias = str | MajorComponentType | MajorExternalComponentType
Rebuild: TypeAlias = "Callable[[int, StatusMessage, tuple[StatusMessage, ...]], StatusMessage]"
_Criterion: TypeAlias = "Callable[[StatusMessage], bool]"


def walk(message: StatusMessage) -> Iterator[tuple[Path, StatusMessage]]:
    """Visit a message and everything below it, depth first, in the order of the document.

    Args:
        message: The root.

    Returns:
        An iterator of `(path, node)`; the path holds the components from the root to the node, both
        included.
    """
    waiting: list[tuple[Path, StatusMessage]] = [((message.component,), message)]
    while waiting:
        path, node = waiting.pop()
        yield path, node
        waiting.extend(((*path, sub.component), sub) for sub in reversed(node.sub_statuses))


def find(
    message: StatusMessage,
    *,
    component: Component | None = None,
    name: Name | None = None,
    status_at_least: StatusLike | None = None,
) -> StatusMessage | None:
    """Return the first message of a tree that meets every criterion given, or None.

    Args:
        message: The root; it may be the match.
        component: The component it is about: the same type, name and ids.
        name: The name of its component: text matches every kind of component, a member of a
            catalogue only its own.
        status_at_least: The mildest status that matches, or its name. A status that this version
            does not know ranks above CRITICAL, so it always matches.

    Raises:
        TypeError: A criterion has the wrong type.
        CsmValidationError: No status has that name.
    """
    found = find_all(message, component=component, name=name, status_at_least=status_at_least)
    return next(found, None)


def find_all(
    message: StatusMessage,
    *,
    component: Component | None = None,
    name: Name | None = None,
    status_at_least: StatusLike | None = None,
) -> Iterator[StatusMessage]:
    """Iterate over the messages of a tree that meet every criterion given, in the order of `walk`.

    The arguments and errors are those of `find`; without any criterion every message matches.
    """
    criteria: list[_Criterion] = []
    if component is not None:
        criteria.append(_is_about(component))
    if name is not None:
        criteria.append(_is_named(name))
    if status_at_least is not None:
        criteria.append(_is_at_least(status_at_least))
    return (node for _, node in walk(message) if all(meets(node) for meets in criteria))


def worst(message: StatusMessage) -> Status:
    """Return the worst status in a tree."""
    return Status.worst(node.status for _, node in walk(message))


def rolled_up(message: StatusMessage) -> StatusMessage:
    """Return a copy in which no message is better than anything below it.

    What needs no change is not copied: a message that is rolled up already is returned itself.
    """
    return rebuilt(message, _no_better_than_below)


def rebuilt(message: StatusMessage, rebuild: Rebuild) -> StatusMessage:
    """Return a tree put together anew from its leaves up.

    Args:
        message: The root.
        rebuild: Called with the depth of a node (the root's is 1), the node, and what came out for
            the nodes below it; returns what stands in the node's place.
    """
    open_nodes = [_OpenNode(message)]
    while True:
        node = open_nodes[-1]
        if (sub := node.next_sub()) is not None:
            open_nodes.append(_OpenNode(sub))
            continue
        result = rebuild(len(open_nodes), node.message, tuple(node.done))
        open_nodes.pop()
        if not open_nodes:
            return result
        open_nodes[-1].done.append(result)


class _OpenNode:
    """A node whose sub-statuses are being rebuilt."""

    __slots__ = ("_ahead", "done", "message")

    def __init__(self, message: StatusMessage) -> None:
        self.message = message
        self.done: list[StatusMessage] = []
        self._ahead = iter(message.sub_statuses)

    def next_sub(self) -> StatusMessage | None:
        return next(self._ahead, None)


def with_sub_statuses(node: StatusMessage, subs: tuple[StatusMessage, ...]) -> StatusMessage:
    """Return a node over other sub-statuses; the node itself where they are its own."""
    if len(subs) == len(node.sub_statuses) and all(map(operator.is_, subs, node.sub_statuses)):
        return node
    return node.replace(sub_statuses=subs)


def _no_better_than_below(
    _depth: int, node: StatusMessage, subs: tuple[StatusMessage, ...]
) -> StatusMessage:
    below = Status.worst([node.status, *(sub.status for sub in subs)])
    same = with_sub_statuses(node, subs)
    return same.replace(status=below) if node.status < below else same


def _is_about(component: object) -> _Criterion:
    if not isinstance(component, Component):
        raise TypeError(f"component= is a Component, not {type(component).__name__}")
    wanted = identity(component)
    return lambda node: identity(node.component) == wanted


def _is_named(name: object) -> _Criterion:
    if isinstance(name, str):
        return lambda node: name_of(node.component) == name
    if isinstance(name, MajorComponentType | MajorExternalComponentType):
        return lambda node: node.component.component_name == name
    raise TypeError(f"name= is text or a member of a catalogue, not {type(name).__name__}")


def _is_at_least(status: object) -> _Criterion:
    if not isinstance(status, Status | str):
        raise TypeError(f"status_at_least= is a Status or its name, not {type(status).__name__}")
    mildest = Status(status)
    return lambda node: not node.status < mildest
