"""Preferences: how long a client would have its answer held."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statusek_server.preferences import LONGEST_HEADER, LONGEST_WAIT, wait_of


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], None),
        (["wait=5"], 5),
        (["WAIT = 5"], 5),
        (['wait="5"'], 5),
        (['wait="\\5"'], 5),
        (["wait=0"], 0),
        (["respond-async, wait=7, handling=lenient"], 7),
        (["respond-async", "wait=7"], 7),
        (["wait=7; foo; bar=1"], 7),
        (['foo="a, wait=1, b"; x="\\"", wait=3'], 3),
        (['foo="bar, wait=3'], 3),
        ([" , ,wait=3"], 3),
        (["wait=5, wait=6"], 5),
        (["wait=soon, wait=6"], None),
        (["wait=3600"], LONGEST_WAIT),
        (["wait=" + 100 * "9"], LONGEST_WAIT),
        (["wait"], None),
        (["wait="], None),
        (['wait=""'], None),
        (["wait=-1"], None),
        (["wait=1.5"], None),
        (["wait=1 2"], None),
        (["wait=5 seconds"], None),
        (["wait=²"], None),
        (["waiting=5"], None),
        (["x wait=5"], None),
        (["wait:5"], None),
        (["wait=5," + LONGEST_HEADER * "x"], None),
    ],
)
def test_what_is_read(headers: list[str], expected: int | None) -> None:
    """The first preference named wait counts, if it says whole seconds; all else is ignored."""
    assert expected == wait_of(headers)


@given(st.lists(st.text(alphabet='wait=5", ;\\x\t', max_size=40), max_size=3))
def test_garbage(headers: list[str]) -> None:
    """Whatever a header holds, it is a preference within bounds or none."""
    wait = wait_of(headers)
    assert wait is None or 0 <= wait <= LONGEST_WAIT
