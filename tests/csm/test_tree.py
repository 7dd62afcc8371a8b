"""Walking, finding and rolling up."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csm import (
    CsmValidationError,
    GeneralComponent,
    MajorComponent,
    MajorComponentType,
    MajorExternalComponentType,
    Status,
    StatusMessage,
)
from csm.identity import label, path_label
from csm.tree import find, find_all, rebuilt, rolled_up, walk, with_sub_statuses, worst
from strategies.csm import status_messages
from strategies.trees import chain, names, node, statuses, trees, unknown_status


def recursively(message: StatusMessage) -> Iterator[StatusMessage]:
    yield message
    for sub in message.sub_statuses:
        yield from recursively(sub)


def deep_in_the_stack(call: Callable[[], object], frames: int = 500) -> object:
    return deep_in_the_stack(call, frames - 1) if frames else call()


def test_walk_goes_depth_first_with_the_path_to_each_node() -> None:
    """A walk visits a message before those below it, with all components on the way."""
    leaf, other = node("leaf"), node("other")
    branch = node("branch", leaf)
    root = node("root", branch, other)
    expected = [
        ((root.component,), root),
        ((root.component, branch.component), branch),
        ((root.component, branch.component, leaf.component), leaf),
        ((root.component, other.component), other),
    ]
    assert expected == list(walk(root))
    assert expected == list(root.walk())


@given(status_messages())
def test_walk_visits_every_message_once(message: StatusMessage) -> None:
    """A walk has the messages of a recursive definition, each at the end of its path."""
    visited = list(walk(message))
    assert list(recursively(message)) == [found for _, found in visited]
    assert all(path[-1] == found.component for path, found in visited)


@given(trees, st.none() | names, st.none() | statuses)
def test_finding_is_filtering_a_walk(
    message: StatusMessage, name: str | None, least: Status | None
) -> None:
    """find_all has the matches of a walk in its order, and find the first of them."""
    expected = [
        found
        for _, found in walk(message)
        if (name is None or found.component.component_name == name)
        and (least is None or found.status >= least)
    ]
    assert expected == list(message.find_all(name=name, status_at_least=least))
    assert next(iter(expected), None) == message.find(name=name, status_at_least=least)


def test_a_component_is_found_by_identity() -> None:
    """Type, name and ids have to be the same, unknown keys need not."""
    wanted = StatusMessage(component=MajorComponent(component_name="SIA", extra={"x": 1}))
    root = node("root", node("SIA"), wanted)
    assert wanted is find(root, component=MajorComponent(component_name="SIA"))
    assert find(root, component=MajorComponent(component_name="SIA", tertiary_id="1")) is None


def test_a_name_is_text_or_a_member() -> None:
    """Text finds a name in every kind of component, a member only in its own."""
    major = StatusMessage(component=MajorComponent(component_name="SIA"))
    general = node("SIA")
    root = node("root", general, major)
    assert [general, major] == list(find_all(root, name="SIA"))
    assert [major] == list(find_all(root, name=MajorComponentType.SIA))
    assert [] == list(find_all(root, name=MajorExternalComponentType.EDW))


def test_a_status_is_given_by_name_too() -> None:
    """A status may be given by name; one that is not known is worse than all others."""
    molten = node("molten", status=unknown_status)
    assert molten is find(node("root", molten), status_at_least="CRITICAL")


@pytest.mark.parametrize(
    ("criteria", "error"),
    [
        ({"component": "SIA"}, TypeError),
        ({"name": 1}, TypeError),
        ({"status_at_least": 2}, TypeError),
        ({"status_at_least": "BAD"}, CsmValidationError),
    ],
)
def test_wrong_criteria_are_refused_at_once(
    criteria: dict[str, Any], error: type[Exception]
) -> None:
    """A criterion of a wrong type or value is refused by the call, not by the first step."""
    with pytest.raises(error):
        find_all(node("root"), **criteria)


@given(trees)
def test_worst_is_the_worst_of_the_walk(message: StatusMessage) -> None:
    """The worst status of a tree is that of its worst message."""
    assert Status.worst(found.status for found in recursively(message)) == message.worst()


@given(trees)
def test_rolled_up_is_never_better_than_below(message: StatusMessage) -> None:
    """Rolled up, every message has the worst status of its tree; doing it again is nothing."""
    rolled = message.rolled_up()
    assert all(found.status.rank == worst(found).rank for found in recursively(rolled))
    assert rolled is rolled_up(rolled)
    assert worst(message).rank == rolled.status.rank


@given(trees)
def test_rolling_up_changes_statuses_only(message: StatusMessage) -> None:
    """What is not a status stays as it was."""
    rolled = rolled_up(message)
    pairs = zip(recursively(message), recursively(rolled), strict=True)
    assert all(
        old.replace(status="OK", sub_statuses=()) == new.replace(status="OK", sub_statuses=())
        for old, new in pairs
    )


def test_what_is_rolled_up_already_is_returned_itself() -> None:
    """Branches without a change are not copied."""
    good = node("good", node("leaf"))
    rolled = rolled_up(node("root", good, node("bad", status="ERROR")))
    assert good is rolled.sub_statuses[0]
    assert Status.ERROR == rolled.status


def test_rebuilt_tells_the_depth() -> None:
    """A tree is rebuilt from its leaves up, each message with its depth."""
    seen: list[tuple[int, str]] = []

    def note(depth: int, message: StatusMessage, subs: tuple[StatusMessage, ...]) -> StatusMessage:
        seen.append((depth, label(message.component)))
        return with_sub_statuses(message, subs[:1])

    result = rebuilt(node("a", node("b", node("c")), node("d")), note)
    assert [(3, "c"), (2, "b"), (2, "d"), (1, "a")] == seen
    assert node("a", node("b", node("c"))) == result


def test_full_depth_works_deep_in_the_stack() -> None:
    """100 levels are walked, searched and rolled up by a caller that is 500 frames deep."""
    assert sys.getrecursionlimit() <= 1_000
    message = chain(100, leaf_status=Status.CRITICAL)
    assert 100 == deep_in_the_stack(lambda: sum(1 for _ in message.walk()))
    assert Status.CRITICAL == deep_in_the_stack(message.worst)
    assert Status.CRITICAL == deep_in_the_stack(lambda: message.rolled_up().status)
    assert deep_in_the_stack(lambda: message.find(name="100")) is not None


def test_labels_are_for_people() -> None:
    """A component is called by its name and ids, and a path by those along it, safe to print."""
    component = GeneralComponent(component_name="disk\n", secondary_id="x", quaternary_id="z")
    assert "disk\\n/x/z" == label(component)
    assert "SIA > disk\\n/x/z" == path_label((MajorComponent(component_name="SIA"), component))
