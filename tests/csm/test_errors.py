"""Errors as data."""

import pickle

import pytest

from csm import CsmDecodeError, CsmError, CsmValidationError, Problem
from csm.errors import ProblemList, excerpt_of, nearest


@pytest.mark.parametrize(
    "error",
    [
        CsmDecodeError("not JSON", 3, 5),
        CsmDecodeError("too large"),
        CsmValidationError([Problem("$.status", "is missing")]),
    ],
)
def test_errors_pickle(error: CsmError) -> None:
    """An error arrives in another process with everything it says."""
    again = pickle.loads(pickle.dumps(error))

    assert (type(error), vars(error), str(error)) == (type(again), vars(again), str(again))
    assert isinstance(error, ValueError)


def test_decode_error_says_where() -> None:
    """A decode error ends with its place, where there is one."""
    assert "not JSON (line 3, column 5)" == str(CsmDecodeError("not JSON", 3, 5))
    assert "too large" == str(CsmDecodeError("too large"))


def test_one_problem() -> None:
    """A single problem is told in one line, with what was found."""
    error = CsmValidationError([Problem("$.status", "must be OK", "'MELTED'")])

    assert "$.status: must be OK (found: 'MELTED')" == str(error)


def test_many_problems() -> None:
    """The text shows twenty problems and says how many more there are."""
    error = CsmValidationError(Problem(f"$[{number}]", "is missing") for number in range(25))
    lines = str(error).splitlines()

    assert 25 == len(error.problems)
    assert ["25 problems:", "$[0]: is missing"] == lines[:2]
    assert ["$[19]: is missing", "… and 5 more in .problems"] == lines[-2:]


def test_problem_list_is_bounded() -> None:
    """After a thousand problems the rest is only counted."""
    problems = ProblemList()
    for number in range(1_234):
        problems.add(f"$[{number}]", "is missing")
    error = problems.error()

    assert 1_234 == len(problems)
    assert 1_001 == len(error.problems)
    assert Problem("$", "234 more problems are not listed") == error.problems[-1]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", "'text'"),
        (None, "None"),
        (True, "True"),
        (1.5, "1.5"),
        ([1, 2], "list of 2"),
        ({}, "dict of 0"),
        (object(), "a object"),
        pytest.param(10**5000, "an integer of 16,610 bits", id="huge"),
    ],
)
def test_excerpts(value: object, expected: str) -> None:
    """An excerpt shows a small value and describes a large one."""
    assert expected == excerpt_of(value)


def test_excerpts_are_bounded() -> None:
    """A problem holds at most 80 characters of a value."""
    excerpt = Problem("$", "is long", excerpt_of("x" * 10_000_000)).excerpt

    assert f"'{'x' * 78}…" == excerpt
    assert 80 == len(excerpt)


def test_nearest() -> None:
    """A hint lists the known names, and the nearest where one is near."""
    assert "one of OK, WARN; did you mean WARN?" == nearest("warm", ["OK", "WARN"])
    assert "one of OK, WARN" == nearest("quartz", ["OK", "WARN"])
