"""The command ``statusek import``: flags, summary, exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from statusek_server.import_command import import_
from statusek_server.importing.importing import Progress
from statusek_server.model_files import load_models
from strategies.original import OriginalStore, original_store, original_url


@pytest.fixture
def store() -> Iterator[OriginalStore]:
    with original_store() as made:
        task = made.model("OURS", "RUN", "END", edges="RUN>END")
        number = made.instance("t-1", task[""])
        made.event(number, task["RUN"], 1)
        made.instance("t-2", task[""])
        yield made


@pytest.fixture
def flags(store: OriginalStore, tmp_path: Path) -> tuple[str, ...]:
    database = f"sqlite:///{tmp_path / 'statusek.db'}"
    return "--from", original_url(), "--schema", store.schema, "--database", database


def invoked(*args: str) -> Result:
    return CliRunner().invoke(import_, args, env={"STATUSEK_CONFIG": "", "STATUSEK_MODELS": ""})


NOTE = (
    "note: 'OURS' is not among the models of the server, so that it creates no more of them: "
    "see --write-models\n"
)


def test_a_dry_run_and_a_real_one(flags: tuple[str, ...]) -> None:
    """Both print what they read and what became of it."""
    assert [
        (0, "would be 2 added, 0 extended, 0 unchanged; 1 events with those added\n"),
        (0, "2 added, 0 extended, 0 unchanged; 1 events with those added\n"),
        (0, "0 added, 0 extended, 2 unchanged; 0 events with those added\n"),
    ] == [
        (answer.exit_code, answer.output.removeprefix(READ).removesuffix(NOTE))
        for answer in (invoked(*flags, "--dry-run"), invoked(*flags), invoked(*flags))
    ]


READ = "version 2.7.2: 2 of 2 instances read\n"


def test_for_programs(flags: tuple[str, ...], store: OriginalStore) -> None:
    """As JSON the summary has everything; exit code 1 says that something was not taken."""
    lost = store.instance("t,3", 1)
    answer = invoked(*flags, "--json")
    assert 1 == answer.exit_code
    assert {
        "dry_run": False,
        "version": "2.7.2",
        "instances": 3,
        "read": 3,
        "added": 2,
        "extended": 0,
        "unchanged": 0,
        "events": 1,
        "findings": [
            {
                "finding": "TOKEN_UNUSABLE",
                "table": "instances",
                "what": "have no token of 1 to 60 characters that print, none of them a comma",
                "loss": True,
                "count": 1,
                "ids": [lost],
            }
        ],
        "models": ["OURS"],
    } == json.loads(answer.output)


def test_what_was_not_taken(flags: tuple[str, ...], store: OriginalStore) -> None:
    """For people each finding is a line, and so is each model that cannot be used."""
    circle = store.model("CIRCLE\x1b", "A", "B", edges="A>B B>A")
    for number in range(7):
        store.instance(f"t-c{number}", circle[""])
    answer = invoked(*flags)
    assert 1 == answer.exit_code
    assert (
        "not taken: 7 instances are of an object whose model cannot be used "
        "(instances.id 3, 4, 5, 6, 7, …)\n"
        "not taken: the model of objects.id 2: model 'CIRCLE\\x1b' has statuses that wait for each "
        "other: 'A' → 'B' → 'A'; remove one 'after'\n"
    ) in answer.output.replace("'B' → 'A' → 'B'", "'A' → 'B' → 'A'")


def test_a_file_of_the_models(flags: tuple[str, ...], tmp_path: Path) -> None:
    """The models can be written as a file, which the server then reads; then nothing is missing."""
    path = tmp_path / "models.toml"
    first = invoked(*flags, "--write-models", str(path))
    assert first.output.endswith(NOTE)
    assert ["OURS"] == [model.name for model in load_models(path)]
    second = invoked(*flags, "--models", str(path))
    assert "note:" not in second.output
    bad = invoked(*flags, "--write-models", str(tmp_path / "no" / "models.toml"))
    assert 2 == bad.exit_code
    assert "models.toml cannot be written: No such file or directory\n" in bad.output


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("sqlite:///x.db", "error: the setting 'from' is 'sqlite:///x.db'; expected postgresql://"),
        ("postgresql://u:secret@127.0.0.1:1/x", "error: the database postgresql://u:***@127.0.0.1"),
    ],
)
def test_what_cannot_be_read(url: str, error: str, tmp_path: Path) -> None:
    """One line says what is wrong, without the password."""
    answer = invoked("--from", url, "--database", f"sqlite:///{tmp_path / 'statusek.db'}")
    assert 2 == answer.exit_code
    assert answer.output.startswith(error)
    assert "secret" not in answer.output


def test_interrupted(flags: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever interrupts it learns how far it was."""

    async def interrupted(_: object, progress: Progress) -> None:
        progress.version, progress.read, progress.total = "2.7.2", 500, 1000
        raise KeyboardInterrupt

    monkeypatch.setattr("statusek_server.import_command._import", interrupted)
    answer = invoked(*flags)
    assert 130 == answer.exit_code
    assert answer.output.startswith("version 2.7.2: 500 of 1000 instances read\n")
