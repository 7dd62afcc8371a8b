"""Views: which part of a message somebody gets."""

from __future__ import annotations

import pytest

from csm import GeneralComponent, Note, Status, StatusMessage
from csm.web.view import component_below, cut, rolled_up_only


def node(name: str, *below: StatusMessage, second: str | None = None) -> StatusMessage:
    return StatusMessage(
        component=GeneralComponent(component_name=name, secondary_id=second, extra={"x": 1}),
        epoch_seconds_timestamp=0,
        sub_statuses=below,
        notes=[Note(title="secret")],
        extra={"y": 2},
    )


DEEP = node("c")
BESIDE = node("c")
TREE = node(
    "root", node("a", node("x"), second="b"), node("a", node("b", DEEP)), node("a/b", BESIDE)
)


@pytest.mark.parametrize(
    ("path", "index"),
    [
        ("a/b", (0,)),
        ("a/b/x", (0, 0)),
        ("a", (1,)),
        ("a/b/c", (1, 0, 0)),
        ("c", None),
        ("a/b/", None),
    ],
)
def test_a_path_leads_to_the_first_node_of_its_labels(
    path: str, index: tuple[int, ...] | None
) -> None:
    """Labels that hold slashes are told apart from paths by what there is."""
    expected: StatusMessage | None = None if index is None else TREE
    for number in index or ():
        assert expected is not None
        expected = expected.sub_statuses[number]
    assert expected is component_below(TREE, path)


def test_a_wide_and_deep_tree_is_looked_through_once() -> None:
    """Many ways to read a path cost no more than the nodes that there are."""
    tree = node("a")
    for _ in range(90):
        tree = node("a", tree, tree.replace(sub_statuses=()))
    assert component_below(tree, "/".join("a" * 90)) is not None
    assert component_below(tree, "/".join("a" * 90) + "/b") is None


def test_a_roll_up_has_no_details() -> None:
    """Neither notes nor what is below nor unknown keys are left, the component's included."""
    assert StatusMessage(
        component=GeneralComponent(component_name="a", secondary_id="b"), epoch_seconds_timestamp=0
    ) == rolled_up_only(TREE.sub_statuses[0])


def test_what_is_cut_says_what_is_missing() -> None:
    """The note counts what was left out, and says what to do."""
    [note] = cut(TREE.replace(status="WARN"), 1_234_567, 1_000).notes
    assert (
        "Left out: 7 statuses below, and all notes",
        "The answer would take 1,234,567 bytes, where 1,000 are allowed.",
    ) == (note.title, note.detail)
    assert Status.WARN is cut(TREE.replace(status="WARN"), 1, 1).status
