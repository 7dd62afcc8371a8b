"""What a message asks people to do."""

from hypothesis import given

from csm import Action, ActionImportance, Note, StatusMessage, actions
from strategies.trees import node, trees


def test_actions_come_most_important_first() -> None:
    """Notes with something to do are sorted by importance, those of the same in document order."""
    low = Note(title="low", action_importance="LOW", action_to_take="wait")
    first = Note(title="first", action_importance="HIGH")
    second = Note(title="second", action_importance="HIGH", action_to_take="call")
    fact = Note(title="a fact", detail="nothing to do")
    unranked = Note(title="no importance", action_to_take="look at it")
    branch = node("branch", notes=[second, unranked])
    root = node("root", branch, notes=[low, fact, first])
    here, there = (root.component,), (root.component, branch.component)
    expected = (
        Action(importance=ActionImportance.HIGH, note=first, path=here),
        Action(importance=ActionImportance.HIGH, note=second, path=there),
        Action(importance=ActionImportance.LOW, note=low, path=here),
        Action(importance=ActionImportance.NONE, note=unranked, path=there),
    )
    assert expected == actions(root)


def test_an_action_reads_as_a_line() -> None:
    """The text of an action is what to do, and where; without an action it is the note's title."""
    note = Note(title="disk full", action_importance="URGENT")
    root = node("root", notes=[note, note.replace(action_to_take="clean\x1bup")])
    expected = ["URGENT: disk full (root)", "URGENT: clean\\x1bup (root)"]
    assert expected == [str(action) for action in actions(root)]


@given(trees)
def test_no_note_with_an_importance_is_left_out(message: StatusMessage) -> None:
    """Every note above NONE or with an action is there, and no other."""
    wanted = [
        note
        for _, found in message.walk()
        for note in found.notes
        if note.action_importance > ActionImportance.NONE or note.action_to_take
    ]
    found = [action.note for action in actions(message)]
    assert sorted(map(repr, wanted)) == sorted(map(repr, found))
    ranks = [action.importance.rank for action in actions(message)]
    assert sorted(ranks, reverse=True) == ranks
