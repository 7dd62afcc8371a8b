"""Errors as data."""

import pickle

import pytest

from csm import CsmDecodeError, CsmError, CsmValidationError, Problem
from csm.errors import ProblemList, excerpt_of, nearest


@pytest.mark.parametrize(
    "error",
    [
        CsmDecodeError("not JSON", 3, 5),
        CsmDecodeError.at("not JSON", '{\n "a": x}', 8),
        CsmDecodeError("too large"),
        CsmDecodeError("stands twice", path="$.a"),
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


@pytest.mark.parametrize(
    ("text", "position", "place", "excerpt"),
    [
        ("", 0, (1, 1), ""),
        ("{x", 1, (1, 2), "{x"),
        ("{\n", 2, (2, 1), ""),
        ("{\n x\n}", 3, (2, 2), " x"),
        ("x" * 80, 79, (1, 80), "x" * 80),
        ("x" * 81, 0, (1, 1), "x" * 78 + "…"),
        ("x" * 81, 81, (1, 82), "…" + "x" * 78),
        ("\n" + "a" * 100 + "!" + "b" * 100 + "\n", 101, (2, 101), f"…{'a' * 39}!{'b' * 38}…"),
    ],
)
def test_decode_error_shows_the_line(
    text: str, position: int, place: tuple[int, int], excerpt: str
) -> None:
    """The line of the fault is shown, 80 characters of it at most, those around the fault."""
    error = CsmDecodeError.at("not JSON", text, position)

    assert (place, excerpt) == ((error.line, error.column), error.excerpt)
    assert len(excerpt) <= 80
    assert str(error) == f"not JSON (line {place[0]}, column {place[1]})" + (
        f": {excerpt!r}" if excerpt else ""
    )


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


def test_nearest_of_many() -> None:
    """A hint lists a hundred names at most; the nearest may be one of the others."""
    hint = nearest("NAME_199", [f"NAME_{number:03}" for number in range(200)])

    assert hint.startswith("one of NAME_000, NAME_001,")
    assert hint.endswith(", NAME_099 and 100 more; did you mean NAME_199?")


def test_paths_are_shown_in_part() -> None:
    """What a path says of a key that is a megabyte long is in its attribute."""
    path = "$." + "k" * 1_000_000
    shown = f"$.{'k' * 77}…: is wrong"

    assert shown == str(Problem(path, "is wrong"))
    assert shown == str(CsmDecodeError("is wrong", path=path))
    assert path == CsmDecodeError("is wrong", path=path).path


class Unsized:
    """Something like an array without dimensions."""

    def __len__(self) -> int:
        raise TypeError("len() of unsized object")


def test_excerpts_ask_nothing_of_strangers() -> None:
    """The excerpt of an object of an unknown class is its class."""
    assert "a Unsized" == excerpt_of(Unsized())
