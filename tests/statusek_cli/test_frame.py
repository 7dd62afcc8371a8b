"""The frame of the command `statusek`."""

import os
import re
import subprocess
import sys
import sysconfig
from importlib.metadata import EntryPoint
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from statusek_cli import frame

COMMANDS = [
    "create",
    "events",
    "finished",
    "import",
    "keys",
    "list",
    "models",
    "outbox",
    "purge",
    "run",
    "serve",
    "set",
]
COMMANDS += ["wait", "watch"]


def test_the_commands_of_all_packages_are_listed() -> None:
    """`statusek --help` names every command that the packages bring."""
    answer = CliRunner().invoke(frame.statusek, ["--help"])
    assert 0 == answer.exit_code
    listed = answer.output.partition("Commands:")[2]
    assert COMMANDS == [
        line.split()[0] for line in listed.splitlines() if line.startswith("  ") and line[2] != " "
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_an_example(command: str) -> None:
    """`statusek COMMAND --help` works and shows how the command is called."""
    answer = CliRunner().invoke(frame.statusek, [command, "--help"])
    assert 0 == answer.exit_code
    usage, example = f"Usage: statusek {command}", f"statusek {command}"
    assert usage in answer.output
    assert example in answer.output.replace(usage, "")


@pytest.mark.processes
@pytest.mark.parametrize(
    ("command", "typed", "offered"), [("statusek", "cr", "create"), ("csm", "s", "schema show")]
)
def test_bash_takes_the_completion_that_the_help_names(
    command: str, typed: str, offered: str
) -> None:
    """The line of `--help` works as it stands, in a real bash."""
    environment = os.environ | {"PATH": f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}"}
    told = subprocess.run(
        [command, "--help"], capture_output=True, text=True, env=environment, check=True
    ).stdout
    [line] = re.findall(r"Completion: (eval .*?\)\")", told)
    script = f"""{line}
        COMP_WORDS=({command} {typed}) COMP_CWORD=1
        _{command}_completion {command} && echo "${{COMPREPLY[@]}}" && complete -p {command}"""
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, env=environment, check=True
    )
    assert "" == done.stderr
    registered = "complete -o nosort -F"
    assert f"{offered}\n{registered} _{command}_completion {command}\n" == done.stdout


@pytest.mark.parametrize(
    "typed",
    [
        "import --config",
        "import --models",
        "import --write-models",
        "keys create --keys",
        "keys list --keys",
        "keys revoke --keys",
        "models check",
        "models list --models",
        "models show --models",
        "outbox discard --file",
        "outbox flush --file",
        "outbox list --file",
        "outbox retry --file",
        "purge --config",
        "run --",
        "run --outbox",
        "run -- make -f",
        "serve --config",
        "serve --keys",
        "serve --models",
        "set --csm",
        "set --outbox",
    ],
)
def test_names_of_files_are_completed(typed: str) -> None:
    """Every argument and option that is a file is left to the shell."""
    completion = ShellComplete(frame.statusek, {}, "statusek", "_STATUSEK_COMPLETE")
    offered = completion.get_completions(typed.split(), "goo")
    assert [("file", "goo")] == [(each.type, each.value) for each in offered]


def test_an_unknown_command_is_a_usage_error() -> None:
    """A mistyped command is refused with exit code 2 and its name."""
    answer = CliRunner().invoke(frame.statusek, ["finnished"])
    assert 2 == answer.exit_code
    assert "finnished" in answer.output


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("no_such_module:command", "No module named 'no_such_module'"),
        ("statusek_cli.frame:GROUP", "statusek_cli.frame:GROUP is not a command"),
    ],
)
def test_a_command_that_cannot_be_loaded_says_why(
    monkeypatch: pytest.MonkeyPatch, value: str, reason: str
) -> None:
    """A command whose package lacks an extra stays listed; called, it says what is wrong."""
    broken = EntryPoint(name="broken", value=value, group=frame.GROUP)
    monkeypatch.setattr(frame, "_points", lambda: (broken,))
    listed = CliRunner().invoke(frame.statusek, ["--help"])
    assert "broken  (not installed:" in listed.output
    called = CliRunner().invoke(frame.statusek, ["broken", "--any", "thing"])
    assert 2 == called.exit_code
    assert f"'broken' cannot run: {reason}" in called.output


def test_an_interrupted_command_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends a command with the exit code of shells, and without a word."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(frame, "_loaded", lambda _: click.Command("watch", callback=interrupted))
    answer = CliRunner().invoke(frame.statusek, ["watch"])
    assert (130, "") == (answer.exit_code, answer.output)


def test_the_command_runs_as_a_module() -> None:
    """`python -m statusek_cli` is the command `statusek`."""
    run = subprocess.run(
        [sys.executable, "-m", "statusek_cli", "--version"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (run.returncode, run.stderr)
    assert run.stdout.startswith("statusek, version ")


def test_without_click_the_command_says_what_to_install() -> None:
    """Where click is missing, one sentence on stderr and exit code 2."""
    program = "import sys; sys.modules['click'] = None; from statusek_cli import main; main()"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (2, "") == (run.returncode, run.stdout)
    assert (
        "the command statusek needs click: pip install 'csm-statusek[cli,client]'\n" == run.stderr
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("arguments", [["--help"], ["models", "list"], ["serve", "--print-config"]])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], unbuffered: str
) -> None:
    """Output that cannot be written is an error of one line, and its exit code that of an error."""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    command = [sys.executable, "-m", "statusek_cli", *arguments]
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        nowhere = subprocess.run(command, stdout=full, stderr=full, check=False)
    expected = "statusek: the output cannot be written: No space left on device\n"
    assert (2, expected, 2) == (run.returncode, run.stderr, nowhere.returncode)


@pytest.mark.parametrize("arguments", [["--help"], ["models", "list"], ["serve", "--print-config"]])
def test_a_closed_output_is_no_traceback(arguments: list[str]) -> None:
    """It is an error of one line as well, also where standard error is closed, too."""
    command = [sys.executable, "-m", "statusek_cli", *arguments]
    closing = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
    run = subprocess.run(closing, capture_output=True, text=True, check=False)
    closing[2] = 'exec "$@" >&- 2>&-'
    nowhere = subprocess.run(closing, check=False)
    expected = "statusek: the output cannot be written: it is closed\n"
    assert (2, expected, 2) == (run.returncode, run.stderr, nowhere.returncode)


def test_a_reader_that_has_gone_is_no_traceback() -> None:
    """A closed pipe ends the command quietly."""
    command = f"{sys.executable} -m statusek_cli models list | true; exit ${{PIPESTATUS[0]}}"
    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (True, "", "") == (run.returncode in {0, 1}, run.stdout, run.stderr)
