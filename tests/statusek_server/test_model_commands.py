"""The commands about models: what they print, and their exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from statusek_server.cli import models
from strategies.server_kit import model_file

GOOD = """
[[model]]
name = "DEPLOY"
description = "A deployment"
timeout = 600
silence = 60

[[model.status]]
name = "BEGUN"

[[model.status]]
name = "DONE"
description = "It runs"
after = ["BEGUN"]

[[model.status]]
name = "BROKEN"
type = "STOP-STATUS"
after = ["BEGUN"]
"""
ODD = GOOD + '\n[[model]]\nname = "\\u001b[31m"\n[[model.status]]\nname = "A"\n'


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(models, [str(argument) for argument in arguments])


def said(*arguments: str | Path) -> tuple[int, str]:
    result = run(*arguments)
    return result.exit_code, result.output


def test_a_valid_file(tmp_path: Path) -> None:
    """A file that a server would read is valid."""
    path = model_file(tmp_path, GOOD)
    assert (0, f"{path}: valid, 1 model\n") == said("check", path)


def test_an_odd_file(tmp_path: Path) -> None:
    """What is odd is a warning, escaped; the file stays valid."""
    path = model_file(tmp_path, ODD)
    hint = "warning: model '\\x1b[31m' finishes at its first status"
    assert (0, f"{path}: {hint}\n{path}: valid, 2 models\n") == said("check", path)


def test_a_wrong_file(tmp_path: Path) -> None:
    """Every problem of a file is a line."""
    path = model_file(tmp_path, GOOD.replace('["BEGUN"]', '["NOWHERE"]'))
    expected = [
        f"{path}: model 'DEPLOY', status '{name}' comes after 'NOWHERE', "
        "which is not a status of this model"
        for name in ("DONE", "BROKEN")
    ]
    code, output = said("check", path)
    assert (1, expected) == (code, output.splitlines())


def test_no_file(tmp_path: Path) -> None:
    """A file that is missing is wrong usage."""
    code, output = said("check", tmp_path / "missing.toml")
    assert (2, True) == (code, "missing.toml' does not exist" in output)


def test_the_list(tmp_path: Path) -> None:
    """The names of all models are printed in their order, one a line."""
    code, output = said("list")
    assert (0, "1-POINT TASK", "TASK") == (code, output.splitlines()[0], output.splitlines()[-1])
    path = model_file(tmp_path, ODD)
    assert (0, "DEPLOY\n\\x1b[31m\n") == said("list", "--models", path)


def test_the_file_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The models are those that a server in the same environment would have."""
    monkeypatch.setenv("STATUSEK_MODELS", str(model_file(tmp_path, GOOD)))
    assert (0, "DEPLOY\n") == said("list")


def test_a_model(tmp_path: Path) -> None:
    """A model is printed with its times, its statuses, their types and what comes before."""
    expected = (
        "DEPLOY: A deployment\n"
        "timeout: 600 seconds\n"
        "silence: 60 seconds\n"
        "  BEGUN   MANDATORY\n"
        "  DONE    MANDATORY, after BEGUN: It runs\n"
        "  BROKEN  STOP-STATUS, after BEGUN\n"
    )
    assert (0, expected) == said("show", "DEPLOY", "--models", model_file(tmp_path, GOOD))


def test_a_model_as_a_diagram() -> None:
    """A model can be printed as a diagram's text."""
    expected = 'flowchart TD\n    s1["RUN"]\n    s2["FINISHED"]\n    s1 --> s2\n'
    assert (0, expected) == said("show", "2-POINT LINE TASK", "--mermaid")


def test_an_unknown_model(tmp_path: Path) -> None:
    """A name that no model has, and a file that cannot be used, are one line each."""
    code, output = said("show", "NO\x1bSUCH")
    assert (2, True) == (
        code,
        "there is no model 'NO\\x1bSUCH': see 'statusek models list'" in output,
    )
    code, output = said("show", "X", "--models", model_file(tmp_path, "x"))
    assert (2, True) == (code, "models.toml: the model file is not TOML" in output)


@pytest.mark.parametrize("command", [(), ("check",), ("list",), ("show",)])
def test_help(command: tuple[str, ...]) -> None:
    """Every command has examples in its help."""
    code, output = said(*command, "--help")
    assert (0, True) == (code, "Examples:\n    statusek models " in output)
