"""What changed between two messages."""

import pickle
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csm import Difference, GeneralComponent, Note, Status, StatusMessage, diff
from csm.diff import Change, ChangeKind
from csm.tree import walk
from strategies.csm import status_messages
from strategies.trees import chain, node, shuffled, trees, unknown_status


def deeper(frames: int, old: StatusMessage, new: StatusMessage) -> Difference:
    return deeper(frames - 1, old, new) if frames else diff(old, new)


@given(status_messages())
def test_nothing_changed_between_a_message_and_itself(message: StatusMessage) -> None:
    """The difference of a message to itself is false and empty."""
    assert Difference() == diff(message, message)
    assert not diff(message, message)


@given(st.data(), trees)
def test_order_and_time_are_no_change(data: st.DataObject, message: StatusMessage) -> None:
    """Siblings and notes in another order, and other times, make no difference."""
    assert not diff(message, data.draw(shuffled(message)))


@given(trees, trees)
def test_a_difference_is_false_only_for_the_same(old: StatusMessage, new: StatusMessage) -> None:
    """What one direction reports as a change, the other direction does as well."""
    assert bool(diff(old, new)) is bool(diff(new, old))
    mirrored = {
        ChangeKind.WORSENED: ChangeKind.RECOVERED,
        ChangeKind.RECOVERED: ChangeKind.WORSENED,
        ChangeKind.APPEARED: ChangeKind.VANISHED,
        ChangeKind.VANISHED: ChangeKind.APPEARED,
        ChangeKind.CHANGED: ChangeKind.CHANGED,
    }
    there = sorted(change.kind for change in diff(old, new))
    back = sorted(mirrored[change.kind] for change in diff(new, old))
    assert there == back


@given(st.data(), trees)
def test_a_change_names_its_node(data: st.DataObject, message: StatusMessage) -> None:
    """A note added to one message is the only item, with the path to it."""
    index = data.draw(st.integers(0, sum(1 for _ in walk(message)) - 1))
    path, changed = list(walk(message))[index]
    new_note = Note(title="something new")
    visited = iter(range(index + 1))

    def rebuilt(found: StatusMessage) -> StatusMessage:
        here = next(visited, None) == index
        below = [rebuilt(sub) for sub in found.sub_statuses]
        notes = (*found.notes, new_note) if here else found.notes
        return found.replace(notes=notes, sub_statuses=below)

    (change,) = diff(message, rebuilt(message))
    assert ChangeKind.CHANGED == change.kind
    assert path == change.path
    assert change.new is not None
    assert (*changed.notes, new_note) == change.new.notes
    assert "has a new note “something new”." in str(change)


def test_every_kind_of_change() -> None:
    """Each thing that happened is an item with its path and what there was before and is now."""
    old_parts = [node("a"), node("b", status="ERROR"), node("c"), node("d")]
    new_parts = [
        node("a", status="WARN"),
        node("b"),
        node("d", notes=[Note(title="full")]),
        node("e", node("f", status="CRITICAL")),
    ]
    old, new = node("root", *old_parts), node("root", *new_parts)
    root = old.component

    def change(kind: str, before: StatusMessage | None, after: StatusMessage | None) -> Change:
        known = after or before
        assert known is not None
        return Change(ChangeKind(kind), (root, known.component), before, after)

    expected = Difference(
        (
            change("worsened", old_parts[0], new_parts[0]),
            change("recovered", old_parts[1], new_parts[1]),
            change("changed", old_parts[3], new_parts[2]),
            change("appeared", None, new_parts[3]),
            change("vanished", old_parts[2], None),
        )
    )
    assert expected == diff(old, new)
    assert expected.items == tuple(expected)
    assert 5 == len(expected)
    assert (expected.items[4],) == expected.of(ChangeKind.VANISHED)
    assert (
        "root > a worsened from OK to WARN.\n"
        "root > b recovered from ERROR to OK.\n"
        "root > d has a new note “full”.\n"
        "root > e appeared with the status OK, with 1 status below it (the worst: CRITICAL).\n"
        "root > c vanished; its status was OK."
    ) == str(expected)


def test_a_difference_is_true() -> None:
    """A difference is true when there is one, and false when there is none."""
    assert diff(node("a"), node("a", status="WARN"))
    assert not diff(node("a"), node("a"))


def test_notes_of_the_same_title() -> None:
    """Of several notes of one title, each counts."""
    one, two, three = (Note(title="full", detail=detail) for detail in "abc")

    assert "a has a different note “full” and has a new note “full”." == str(
        diff(node("a", notes=[one]), node("a", notes=[two, three]))
    )


def test_siblings_that_say_the_same_in_other_words() -> None:
    """Times below and the order of notes do not hide which of equal siblings says the same."""
    one, two = Note(title="one"), Note(title="two")
    old = node("root", node("a", node("b"), notes=[one, two]), node("a"))
    new = node("root", node("a", status="WARN"), node("a", node("b", at=9), notes=[two, one]))

    assert ["root > a worsened from OK to WARN."] == [str(change) for change in diff(old, new)]


def test_nothing_reads_as_a_sentence() -> None:
    """An empty difference says so."""
    assert "Nothing changed." == str(Difference())


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        (
            node("a", status="CRITICAL", kind="CLUSTER_NODE"),
            node("a", status="WARN", kind="CLUSTER_NODE"),
            "a (CLUSTER_NODE) improved from CRITICAL to WARN.",
        ),
        (
            node("a", status=Status.kept("MELTED")),
            node("a", status=Status.kept("FRO\x1bZEN"), notes=[Note(title="x")]),
            "a has the status FRO\\x1bZEN instead of MELTED and has a new note “x”.",
        ),
        (
            node("a", notes=[Note(title="x"), Note(title="y"), Note(title="z")]),
            node("a", notes=[Note(title="x", detail="more"), Note(title="w"), Note(title="z")]),
            "a has a different note “x”, has a new note “w” and no longer has the note “y”.",
        ),
        (
            node("a", notes=[Note(title="x"), Note(title="x")]),
            node("a", notes=[Note(title="x")]),
            "a no longer has the note “x”.",
        ),
        (
            node("a"),
            node("a").replace(extra={"x": 1}),
            "a has other values under keys that the format does not define.",
        ),
        (
            node("a"),
            node("a").replace(component=GeneralComponent(component_name="a", extra={"x": 1})),
            "a has other values under keys that the format does not define.",
        ),
        (
            node("a", status="ERROR"),
            node("a", status="WARN", notes=[Note(title="x")]),
            "a improved from ERROR to WARN.\na has a new note “x”.",
        ),
        (
            node("a"),
            node("b", node("c"), node("d", status="WARN")),
            """b appeared with the status OK, with 2 statuses below it (the worst: WARN).
a vanished; its status was OK.""",
        ),
        (
            node("a", kind="COMPONENT"),
            node("a", kind="CLUSTER_NODE"),
            "a (CLUSTER_NODE) appeared with the status OK.\na vanished; its status was OK.",
        ),
    ],
)
def test_sentences(old: StatusMessage, new: StatusMessage, sentences: str) -> None:
    """Each change reads as a sentence, safe to print."""
    assert sentences == str(diff(old, new))


def test_equal_siblings_pair_with_what_says_the_same_first() -> None:
    """Siblings of one identity that say the same are paired first, the others in order."""
    old = node("root", node("n"), node("n", status="WARN"), node("n", status="ERROR"))
    new = node("root", node("n", status="ERROR"), node("n", status="CRITICAL"), node("n"))
    (change,) = diff(old, new)
    assert (ChangeKind.WORSENED, old.sub_statuses[1], new.sub_statuses[1]) == (
        change.kind,
        change.old,
        change.new,
    )


def test_an_equal_sibling_more_has_appeared() -> None:
    """Of two siblings that say the same, one may be new."""
    twin = node("n", status=unknown_status)
    (change,) = diff(node("root", twin), node("root", twin, twin))
    assert (ChangeKind.APPEARED, None, twin) == (change.kind, change.old, change.new)


def test_differences_are_values() -> None:
    """A difference is frozen, hashable, and pickles."""
    found = diff(node("a"), node("a", status="WARN"))
    assert found == pickle.loads(pickle.dumps(found))
    assert hash(found) == hash(diff(node("a"), node("a", status="WARN")))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        found.items = ()  # type: ignore[misc]


def test_full_depth_works_deep_in_the_stack() -> None:
    """The leaves of two messages of 100 levels are compared by a caller that is 500 frames deep."""
    found = deeper(500, chain(100), chain(100, leaf_status=Status.WARN))
    assert [100] == [len(change.path) for change in found]


def test_what_is_no_message_is_refused() -> None:
    """Only messages can be compared, and only kinds that there are can be asked for."""
    text: Any = "x"
    with pytest.raises(TypeError, match="diff takes StatusMessages, not str"):
        diff(node("a"), text)
    assert () == diff(node("a"), node("a")).of(ChangeKind.WORSENED)
    kind: Any = "nonsense"
    with pytest.raises(ValueError, match="nonsense"):
        diff(node("a"), node("a")).of(kind)
