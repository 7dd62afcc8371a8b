"""Status models: their invariants, and every problem named at once."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given

from statusek_server import StatusModel
from statusek_server.errors import ModelError, Problem
from statusek_server.models import LONGEST_TIMEOUT, Status, StatusType
from strategies.server_kit import status_models


def problems_of(*statuses: Status, name: str = "M", timeout: int | None = None) -> list[str]:
    with pytest.raises(ModelError) as caught:
        StatusModel(name, statuses, timeout=timeout)
    return [str(problem) for problem in caught.value.problems]


def test_edges_and_mandatory() -> None:
    """A model tells its edges in the order of its statuses, and what must be set."""
    model = StatusModel(
        "M",
        [
            Status("A"),
            Status("B", StatusType.OPTIONAL, after=("A",)),
            Status("C", StatusType.STOP, after=("B", "A")),
        ],
    )
    assert (("A", "B"), ("B", "C"), ("A", "C")) == model.edges
    assert ("A",) == model.mandatory


def test_names_up_to_the_limit_are_fine() -> None:
    """A name of 4,096 characters is not too long."""
    name = "n" * 4096
    assert name == StatusModel(name, [Status(name)]).statuses[0].name


def test_every_problem_is_listed() -> None:
    """One error lists every problem of a model, each with its place and what was expected."""
    assert [
        "model 'M' has timeout = 0; expected 1 to 3155760000 seconds (a hundred years)",
        "model 'M' has the status 'A' more than once; names must be unique",
        "model 'M', status 'A' comes after 'X', which is not a status of this model",
        "model 'M', status 'B' names 'A' more than once in 'after'; once is enough",
        "model 'M', status '' has an empty name; expected 1 to 4096 characters",
    ] == problems_of(
        Status("A"),
        Status("A", after=("X",)),
        Status("B", after=("A", "A")),
        Status(""),
        timeout=0,
    )


def test_timeouts_beyond_a_hundred_years() -> None:
    """A default timeout beyond a hundred years is a problem, one of a hundred years is not."""
    assert StatusModel("M", [Status("A")], timeout=LONGEST_TIMEOUT).timeout == LONGEST_TIMEOUT
    assert [
        "model 'M' has timeout = 3155760001; expected 1 to 3155760000 seconds (a hundred years)"
    ] == problems_of(Status("A"), timeout=LONGEST_TIMEOUT + 1)


def test_cycles() -> None:
    """Statuses that wait for each other are a problem that names the circle."""
    assert [
        "model 'M' has statuses that wait for each other: 'A' → 'B' → 'A'; remove one 'after'"
    ] == problems_of(Status("A", after=("B",)), Status("B", after=("A",)))
    assert [
        "model 'M' has statuses that wait for each other: 'A' → 'A'; remove one 'after'"
    ] == problems_of(Status("A", after=("A",)))


def test_over_long_names_are_cut_in_their_own_problem() -> None:
    """A name that is too long does not make its problem as long."""
    short = "n" * 60 + "…"
    assert [
        f"model '{short}' has a name of 4097 characters; expected at most 4096",
        f"model '{short}' has no statuses; expected at least one [[model.status]]",
    ] == problems_of(name="n" * 4097)


def test_errors_are_data() -> None:
    """A model error survives pickling with its problems and its path."""
    error = ModelError((Problem("model 'M'", "has no statuses"),), "models.toml")
    again = pickle.loads(pickle.dumps(error))
    assert (error.problems, error.path, str(error)) == (again.problems, again.path, str(again))
    assert "models.toml: model 'M' has no statuses" == str(error)


@given(status_models())
def test_edges_only_name_statuses(model: StatusModel) -> None:
    """Every end of every edge is a status of the model."""
    names = {status.name for status in model.statuses}
    assert {name for edge in model.edges for name in edge} <= names
