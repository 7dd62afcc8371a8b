"""Model files: TOML in, models out, every problem of a file in one error."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statusek_server import StatusModel, load_models
from statusek_server.errors import ModelError
from statusek_server.model_files import default_models, parse_models
from statusek_server.models import Status, StatusType
from strategies.server_kit import model_file, status_models, toml_of


def problems_of(text: str) -> list[str]:
    with pytest.raises(ModelError) as caught:
        parse_models(text)
    return [str(problem) for problem in caught.value.problems]


def test_a_file_with_everything(tmp_path: Path) -> None:
    """Every key of a file arrives in the models, in the order of the file."""
    path = model_file(
        tmp_path,
        """
        [[model]]
        name = "LETTER"
        description = "A letter on its way"
        timeout = 600
        silence = 60

        [[model.status]]
        name = "WRITTEN"

        [[model.status]]
        name = "SENT"
        type = "OPTIONAL"
        description = "It is in the box"
        after = ["WRITTEN"]

        [[model.status]]
        name = "LOST"
        type = "STOP-STATUS"

        [[model]]
        name = "CARD"

        [[model.status]]
        name = "WRITTEN"
        """,
    )
    assert (
        StatusModel(
            name="LETTER",
            statuses=(
                Status("WRITTEN"),
                Status("SENT", StatusType.OPTIONAL, "It is in the box", ("WRITTEN",)),
                Status("LOST", StatusType.STOP),
            ),
            description="A letter on its way",
            timeout=600,
            silence=60,
        ),
        StatusModel("CARD", (Status("WRITTEN"),)),
    ) == load_models(path)


@given(status_models())
def test_round_trip(model: StatusModel) -> None:
    """A model that is written as TOML is read as the same model."""
    assert (model,) == parse_models(toml_of([model]))


WRONG = """
size = 3

[[model]]
name = 7
timeout = "600"
silence = true
colour = "red"

[[model.status]]
name = "A"
type = "URGENT"
after = "B"

[[model.status]]
description = 1
after = [1]

[[model]]
name = "EMPTY"

[[model]]
name = "TWICE"
status = [1]

[[model]]
name = "TWICE"

[[model.status]]
name = "A"
after = ["Z"]
"""


def test_every_problem_of_a_file_is_listed() -> None:
    """Wrong types, unknown keys, duplicates and problems of models come in one error."""
    assert [
        "the model file has the unknown key 'size'; expected one of model",
        "the model file has the model 'TWICE' more than once",
        (
            "model number 1 has the unknown key 'colour'; "
            "expected one of name, description, timeout, silence, status"
        ),
        "model number 1 has name = 7; expected a string",
        "model number 1 has timeout = '600'; expected a whole number of seconds",
        "model number 1 has silence = True; expected a whole number of seconds",
        (
            "model number 1, status 'A' has type = 'URGENT'; "
            "expected one of MANDATORY, OPTIONAL, STOP-STATUS"
        ),
        "model number 1, status 'A' has after = 'B'; expected an array of status names",
        "model number 1, status number 2 has no name; expected a string",
        "model number 1, status number 2 has description = 1; expected a string",
        "model number 1, status number 2 has after = [1]; expected an array of status names",
        "model 'EMPTY' has no statuses; expected at least one [[model.status]]",
        "model 'TWICE' has 'status' that is not a table; write [[status]]",
        "model 'TWICE', status 'A' comes after 'Z', which is not a status of this model",
    ] == problems_of(WRONG)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the model file has no models; expected at least one [[model]]"),
        ("model = 1", "the model file has 'model' that is not a table; write [[model]]"),
        ("[model]\nname = 'A'", "the model file has 'model' that is not a table; write [[model]]"),
        ("[[model]]\nname = 1979-05-27\n[[model.status]]\nname = 'A'", "expected a string"),
    ],
)
def test_files_of_the_wrong_form(text: str, problem: str) -> None:
    """A file that is TOML but no list of models says what was expected."""
    [found] = problems_of(text)
    assert problem in found


def test_what_is_not_toml() -> None:
    """Text that is not TOML is one problem, with the place."""
    [problem] = problems_of("[[model]\n")
    assert problem.startswith("the model file is not TOML: ")
    assert "line 1" in problem


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A file that is missing or not UTF-8 is an error that names it."""
    missing = tmp_path / "missing.toml"
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'[[model]]\nname = "\xe9"\n')
    errors: list[str] = []
    for path in (missing, latin):
        with pytest.raises(ModelError) as caught:
            load_models(path)
        errors.append(str(caught.value))
    assert [
        f"{missing}: the model file cannot be read: No such file or directory",
        f"{latin}: the model file is not UTF-8: invalid continuation byte at byte 18",
    ] == errors


def test_errors_of_a_file_name_it(tmp_path: Path) -> None:
    """A problem inside a file is told with the file's name."""
    path = model_file(tmp_path, "[[model]]\nname = 'M'\n")
    with pytest.raises(ModelError) as caught:
        load_models(str(path))
    assert f"{path}: model 'M' has no statuses; expected at least one [[model.status]]" == str(
        caught.value
    )


@given(st.text())
def test_any_text_is_models_or_an_error(text: str) -> None:
    """No text makes the reader fail in any other way than with its own error."""
    with suppress(ModelError):
        assert parse_models(text)


def shape(model: StatusModel) -> tuple[str, str, str]:
    letters = {StatusType.MANDATORY: "M", StatusType.OPTIONAL: "O", StatusType.STOP: "STOP"}
    statuses = ", ".join(f"{s.name} ({letters[s.type]})" for s in model.statuses)
    edges = ", ".join(f"{previous}→{name}" for previous, name in model.edges)
    return model.name, statuses, edges


def test_the_default_catalogue() -> None:
    """The catalogue that a server has by default, in the order that gives its identifiers."""
    assert [
        ("1-POINT TASK", "FINISHED (M)", ""),
        ("2-POINT LINE TASK", "RUN (M), FINISHED (M)", "RUN→FINISHED"),
        (
            "3-POINT LINE TASK",
            "RUN (M), IN THE MIDDLE (M), FINISHED (M)",
            "RUN→IN THE MIDDLE, IN THE MIDDLE→FINISHED",
        ),
        (
            "3-POINT TRIANGLE TASK",
            "RUN (M), FINISHED_SUCCESS (O), FINISHED_ERROR (O)",
            "RUN→FINISHED_SUCCESS, RUN→FINISHED_ERROR",
        ),
        (
            "3-POINT BACK TRIANGLE TASK",
            "NODE 1 RUN (O), NODE 2 RUN (O), FINISHED (M)",
            "NODE 1 RUN→FINISHED, NODE 2 RUN→FINISHED",
        ),
        (
            "4-POINT ROMB TASK",
            "START (M), NODE 1 RUN (O), NODE 2 RUN (O), FINISHED (M)",
            "START→NODE 1 RUN, START→NODE 2 RUN, NODE 1 RUN→FINISHED, NODE 2 RUN→FINISHED",
        ),
        (
            "EXAMPLE_1",
            "CALLED (M), RUNNED (M), FINISHED (M)",
            "CALLED→RUNNED, RUNNED→FINISHED",
        ),
        (
            "EXAMPLE_2",
            "CALLED (M), RUNNED (M), SUCCESS (O), FAILED (O)",
            "CALLED→RUNNED, RUNNED→SUCCESS, RUNNED→FAILED",
        ),
        (
            "EXAMPLE_3",
            (
                "CALLED (M), WRONG PARAMS (STOP), RUNNED (M), START SAVING (M), FAILED (STOP), "
                "RESULTS SAVED (M)"
            ),
            (
                "CALLED→WRONG PARAMS, CALLED→RUNNED, RUNNED→START SAVING, RUNNED→FAILED, "
                "START SAVING→RESULTS SAVED"
            ),
        ),
        ("TASK", "RUN (M), FINISHED (M), FAILED (STOP)", "RUN→FINISHED, RUN→FAILED"),
    ] == [shape(model) for model in default_models()]
    assert all(status.description for model in default_models() for status in model.statuses)
