"""The closed enums: their order, their worst, and words that nobody lists."""

import copy
import pickle
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csm import (
    ActionImportance,
    CsmValidationError,
    MajorComponentType,
    Problem,
    Status,
    StatusMessageType,
)
from csm.vocabulary import Vocabulary

statuses = st.sampled_from([*Status, Status.kept("MELTED"), Status.kept("LOST")])


@pytest.mark.parametrize(
    "ascending",
    [
        [Status.OK, Status.WARN, Status.ERROR, Status.CRITICAL, Status.kept("MELTED")],
        [*ActionImportance, ActionImportance.kept("SOON")],
    ],
)
def test_order(ascending: list[Status]) -> None:
    """Words are ordered as they are listed, and unknown ones stand above all of them."""
    for lower, higher in pairwise(ascending):
        assert (True, True, False, False) == (
            lower < higher,
            lower <= higher,
            lower > higher,
            lower >= higher,
        )


def test_unknown_words_rank_equal() -> None:
    """Of two unknown statuses nothing is known, so neither is worse."""
    melted, lost = Status.kept("MELTED"), Status.kept("LOST")

    assert (False, True, False, True, False) == (
        melted < lost,
        melted <= lost,
        melted > lost,
        melted >= lost,
        melted == lost,
    )


def test_words_of_different_enums_have_no_order() -> None:
    """A status is not comparable with an importance, nor with a string."""
    for other in (ActionImportance.LOW, "OK"):
        for compare in ("__lt__", "__le__", "__gt__", "__ge__"):
            assert getattr(Status.OK, compare)(other) is NotImplemented
    with pytest.raises(TypeError):
        _ = Status.OK < ActionImportance.LOW  # type: ignore[operator]


@given(st.lists(statuses, min_size=1))
def test_worst(some: list[Status]) -> None:
    """The worst is one of them, and none is worse."""
    worst = Status.worst(iter(some))

    assert worst in some
    assert not any(status > worst for status in some)


def test_worst_of_none() -> None:
    """There is no worst of no statuses."""
    with pytest.raises(ValueError, match="give at least one"):
        Status.worst([])


def test_members_are_not_strings() -> None:
    """A status is not its name."""
    assert not isinstance(Status.OK, str)
    assert Status.OK != "OK"  # type: ignore[comparison-overlap]


def test_unknown_name_raises() -> None:
    """Looking up a name that is not listed is an error that names the nearest one."""
    with pytest.raises(CsmValidationError) as caught:
        Status("CRITICL")

    expected = "is no Status: expected one of OK, WARN, ERROR, CRITICAL; did you mean CRITICAL?"
    assert (Problem("$", expected, "'CRITICL'"),) == caught.value.problems


def test_no_name_raises() -> None:
    """Looking up something that is no name is the same error, without a guess."""
    with pytest.raises(CsmValidationError, match=r"expected one of OK, WARN, ERROR, CRITICAL \("):
        Status(5)


def test_kept_word() -> None:
    """A kept word is unlisted, and equal by class and name."""
    melted = Status.kept("MELTED")

    assert ("MELTED", "MELTED", False) == (melted.name, melted.value, melted.is_known)
    assert melted == Status.kept("MELTED")
    assert hash(melted) == hash(Status.kept("MELTED"))
    other: object = StatusMessageType.kept("MELTED")
    assert melted != other
    assert melted not in Status
    assert "MELTED" not in Status
    assert melted not in list(Status)
    assert [Status.OK, Status.WARN, Status.ERROR, Status.CRITICAL] == list(Status)


def test_listed_word() -> None:
    """A listed word is found by itself and by its name, and keeping it changes nothing."""
    assert Status.OK in Status
    assert "OK" in Status
    assert Status.OK.is_known
    assert Status.kept("OK") is Status.OK
    assert ActionImportance.NONE not in Status
    assert 5 not in Status


@pytest.mark.parametrize("word", [Status.OK, Status.kept("MELTED"), StatusMessageType.CLUSTER_NODE])
def test_copies_are_the_word_itself(word: Vocabulary) -> None:
    """Copying and pickling give the same object back."""
    assert copy.copy(word) is word
    assert copy.deepcopy(word) is word
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(word, protocol)) is word


def test_kept_words_are_shown_on_one_line() -> None:
    """A word from outside cannot forge a line of a log, or move a cursor."""
    word = Status.kept("A\n2026 ERROR\x1b[2J")
    assert ("Status.A\\n2026 ERROR\\x1b[2J", True) == (str(word), repr(word).isprintable())
    name = MajorComponentType.kept("A\nB")
    assert ("MajorComponentType.A\\nB", True) == (str(name), repr(name).isprintable())
