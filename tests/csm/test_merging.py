"""One message over several."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csm import GeneralComponent, GeneralComponentBuilder, Note, Status, StatusMessage, merge
from csm.identity import identity
from csm.tree import walk, worst
from strategies.trees import EPOCH, chain, node, trees

PARENT = GeneralComponent(component_name="parent")
NOW = datetime.fromtimestamp(EPOCH, UTC)


def test_roots_stay_as_they_are() -> None:
    """The parent has the worst status of its roots and its own time; the roots keep theirs."""
    good, bad = node("good", at=1), node("bad", status="ERROR", at=2)
    expected = StatusMessage(
        component=PARENT, status="ERROR", timestamp=NOW, sub_statuses=[good, bad]
    )
    assert expected == merge(PARENT, [good, bad], timestamp=NOW)


def test_everything_about_the_parent_can_be_given() -> None:
    """Status, message type and notes of the parent are taken as given."""
    note = Note(title="two of three answered")
    merged = merge(
        PARENT,
        iter([node("bad", status="ERROR")]),
        status="WARN",
        status_message_type="CLUSTER_NODE",
        notes=[note],
        timestamp=NOW,
    )
    expected = StatusMessage(
        component=PARENT,
        status="WARN",
        status_message_type="CLUSTER_NODE",
        timestamp=NOW,
        notes=[note],
        sub_statuses=[node("bad", status="ERROR")],
    )
    assert expected == merged


def test_without_roots_the_parent_is_alone() -> None:
    """A merge of nothing is a parent that is OK."""
    assert StatusMessage(component=PARENT, timestamp=NOW) == merge(PARENT, [], timestamp=NOW)


def test_what_is_below_a_root_is_the_roots_own_business() -> None:
    """The parent counts the statuses of the roots, not of what is below them."""
    assert Status.OK == merge(PARENT, [node("root", node("leaf", status="CRITICAL"))]).status


def test_a_mapping_names_sources() -> None:
    """The source of each root is a note of it, and only once."""
    once = merge(PARENT, {"http://a/status": node("a")}, timestamp=NOW)
    source = Note(title="Source", detail="http://a/status")
    assert (node("a", notes=[source]),) == once.sub_statuses
    again = merge(PARENT, {"http://a/status": once.sub_statuses[0]}, timestamp=NOW)
    assert once == again


def test_a_branch_about_the_parent_is_cut() -> None:
    """A root that contains the parent loses that branch, says so in a note, and keeps the rest."""
    loop = node("parent", node("old"), status="CRITICAL")
    merged = merge(PARENT, [node("a", node("b", loop, node("c")), loop)], timestamp=NOW)
    (root,) = merged.sub_statuses
    expected = Note(
        title="Left out: 2 branches about parent",
        detail="This message is part of that of parent; "
        "statuses that contain each other would never end.",
    )
    assert node("a", node("b", node("c")), notes=[expected]) == root
    assert Status.OK == merged.status


@pytest.mark.parametrize(
    ("roots", "origin"),
    [([node("parent", status="ERROR")], ""), ({"x\n": node("parent")}, ", from x\\n,")],
)
def test_the_parent_itself_is_no_root(
    roots: list[StatusMessage] | dict[str, StatusMessage], origin: str
) -> None:
    """A root about the parent is left out, and the parent says so."""
    note = Note(
        title="Left out: the status of parent itself",
        detail=f"A message{origin} is about parent, as this one is: the application asked itself.",
    )
    expected = StatusMessage(component=PARENT, timestamp=NOW, notes=[note])
    assert expected == merge(PARENT, roots, timestamp=NOW)


def test_two_that_ask_each_other_do_not_grow() -> None:
    """Applications that merge each other's status reach a message that stays the same."""
    a, b = GeneralComponent(component_name="a"), GeneralComponent(component_name="b")
    of_a = merge(a, [node("own")], timestamp=NOW)
    of_b = merge(b, [], timestamp=NOW)
    for _ in range(3):
        of_a, of_b = (
            merge(a, [node("own"), of_b], timestamp=NOW),
            merge(b, [of_a], timestamp=NOW),
        )
    assert of_a == merge(a, [node("own"), of_b], timestamp=NOW)


def test_what_is_too_deep_is_cut_off() -> None:
    """Below the deepest level allowed nothing remains but a note and the worst status."""
    merged = merge(PARENT, [chain(5, leaf_status=Status.ERROR)], timestamp=NOW, max_depth=3)
    note = Note(
        title="Left out: 3 statuses below this one",
        detail="They were deeper than a message may be; the worst of their statuses counts here.",
    )
    expected = node("1", node("2", status="ERROR", notes=[note]))
    assert (expected,) == merged.sub_statuses


def test_a_root_of_full_depth_can_be_merged() -> None:
    """A message of 100 levels fits under a parent without its last level."""
    merged = merge(PARENT, [chain(100)])
    assert 100 == sum(1 for _ in walk(merged))
    assert ["Left out: 1 status below this one"] == [
        note.title for _, found in walk(merged) for note in found.notes
    ]


@given(st.lists(trees, max_size=3), st.integers(2, 5))
def test_a_merge_is_bounded_and_hides_nothing(roots: list[StatusMessage], deepest: int) -> None:
    """The result is not deeper than allowed, and no root seems better than it was."""
    component = GeneralComponent(component_name="elsewhere")
    merged = merge(component, roots, max_depth=deepest)
    assert all(len(path) <= deepest for path, _ in walk(merged))
    assert [worst(root).rank for root in roots] == [
        worst(root).rank for root in merged.sub_statuses
    ]


@given(st.lists(trees, max_size=3))
def test_the_parent_is_never_below_itself(roots: list[StatusMessage]) -> None:
    """Whatever the roots contain, the parent's identity is in the result once."""
    component = GeneralComponent(component_name="a")
    merged = merge(component, roots)
    same = [found for _, found in walk(merged) if identity(found.component) == identity(component)]
    assert [merged] == same


@pytest.mark.parametrize("wrong", [["text"], {"source": None}])
def test_only_messages_are_merged(wrong: list[StatusMessage]) -> None:
    """Something else among the roots is a TypeError."""
    with pytest.raises(TypeError, match="merge takes StatusMessages"):
        merge(PARENT, wrong)


def test_a_parent_is_about_a_component() -> None:
    """A name alone is a TypeError, and so is a builder, since nothing is built here."""
    wrong: Any
    for wrong in ("parent", GeneralComponentBuilder.builder().with_component_name("parent")):
        with pytest.raises(TypeError, match=f"merge takes a Component, not {type(wrong).__name__}"):
            merge(wrong, [])


@pytest.mark.parametrize("depth", [1, 101])
def test_the_depth_has_a_range(depth: int) -> None:
    """A parent needs a level for its roots, and no message has more than 100."""
    with pytest.raises(ValueError, match="from 2 to 100"):
        merge(PARENT, [], max_depth=depth)
