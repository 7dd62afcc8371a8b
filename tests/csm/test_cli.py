"""The command `csm`."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from csm import Note, Status, StatusMessage, catalogue_sandbox, json_schema, to_json_string
from csm.cli import main
from csm.commands import csm
from csm.commands.source import Content
from csm.commands.terminal import encodable, print_message
from csm.commands.watching import every, watch
from strategies.trees import node

NOW = "✓ OK  a  2015-07-16\n"
COMMAND = (sys.executable, "-c", "from csm.cli import main; main()")


def run(*arguments: str | Path, text: str | bytes | None = None) -> Result:
    result = CliRunner().invoke(csm, list(map(str, arguments)), input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def outcome(result: Result) -> tuple[int, str, str]:
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command runs in a folder for files."""
    monkeypatch.chdir(tmp_path)


def written(name: str, message: StatusMessage, **changes: object) -> str:
    Path(name).write_text(json.dumps(json.loads(to_json_string(message)) | changes))
    return name


def test_show_prints_a_tree() -> None:
    """A message is shown as a tree, plain and unwrapped where there is no terminal."""
    message = node("a", node("b", status="ERROR", notes=[Note(title="x" * 150)]))
    expected = f"""\
✓ OK  a        2015-07-16
└─ ✗ ERROR  b  2015-07-16
      note  {"x" * 150}

2 statuses: 1 ERROR, 1 OK
"""
    assert (0, expected, "") == outcome(run("show", written("m", message)))


def test_show_reads_standard_input() -> None:
    """`-` is standard input."""
    assert (0, NOW, "") == outcome(run("show", "-", text=to_json_string(node("a"))))


def test_show_keeps_names_that_are_not_known() -> None:
    """What a later version calls a status is shown by its name."""
    written("m", node("a"), status="MELTED", later=1)
    assert (0, "? MELTED  a  2015-07-16\n", "") == outcome(run("show", "m"))


def test_show_leaves_out_what_is_not_wanted() -> None:
    """--only and --depth reduce the tree."""
    written("m", node("a", node("b"), node("c", node("d", status="WARN"))))
    assert "└─ … 1 more, OK\n" in run("show", "m", "--only", "warn").stdout
    assert "└─ … 3 below, WARN at worst\n" in run("show", "m", "--depth", "1").stdout


@pytest.mark.parametrize(
    ("status", "code"), [("OK", 0), ("WARN", 1), ("ERROR", 2), ("CRITICAL", 2), ("MELTED", 3)]
)
def test_the_exit_status_is_that_of_monitoring_plug_ins(status: str, code: int) -> None:
    """With --exit-status the worst status in the tree decides the exit code, otherwise it is 0."""
    leaf = node("b", status=Status.kept(status))
    written("m", node("a", leaf))
    assert (code, f"{status}\n", "") == outcome(run("show", "--exit-status", "--worst", "m"))
    assert (0, f"{status}\n", "") == outcome(run("show", "--worst", "m"))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON: Expecting value (line 1, column 1)"),
        (b"\xff\xfe\x00", "not UTF-8 (line 1, column 1)"),
        (b"[]", None),
        (b"{}", None),
    ],
)
def test_what_is_no_message_is_not_shown(body: bytes, reason: str | None) -> None:
    """What cannot be read as a message is exit code 1, or unknown to a monitoring system: 3."""
    Path("m").write_bytes(body)
    result = run("show", "m")
    assert (1, "") == (result.exit_code, result.stdout)
    assert result.stderr.startswith("csm: m: ")
    if reason:
        assert f"csm: m: {reason}\n" == result.stderr
    assert 3 == run("show", "--exit-status", "m").exit_code


def test_a_source_that_cannot_be_read() -> None:
    """A file that is not there is exit code 2, or unknown to a monitoring system: 3."""
    error = "csm: nowhere: no such file or directory\n"
    assert (2, "", error) == outcome(run("show", "nowhere"))
    assert (3, "", error) == outcome(run("show", "--exit-status", "nowhere"))
    assert (2, "", error) == outcome(run("check", "nowhere"))


def test_check_says_what_is_valid() -> None:
    """Valid messages are exit code 0."""
    written("m", node("a"))
    expected = "m: valid\n<stdin>: valid\n"
    assert (0, expected, "") == outcome(run("check", "m", "-", text=to_json_string(node("b"))))


def test_check_prints_every_problem_with_its_place() -> None:
    """Each problem has file, line, column, path and what is wrong; the exit code is 1."""
    Path("m").write_text("""\
{
  "component": {"componentType": "GENERAL", "componentName": "a"},
  "status": "GOOD", "stat": 1,
  "epochSecondsTimestamp": 0,
  "notes": [{"title": "full"}]
}
""")
    result = run("check", "--no-extra-keys", "m")
    assert 1 == result.exit_code
    lines = [line.split(": ")[:2] for line in result.stdout.splitlines()]
    assert [
        ["m:3:13", "$.status"],
        ["m:3:29", "$.stat"],
        ["m:5:13", "$.notes[0].actionImportance"],
    ] == lines
    assert "" == result.stderr


def test_check_takes_keys_that_readers_keep() -> None:
    """A key that the format does not list is no problem, unless somebody asks for that."""
    Path("m").write_text(
        '{"component":{"componentType":"MAJOR","componentName":"SIA"},'
        '"status":"OK","epochSecondsTimestamp":0,"build":17}'
    )
    assert (0, "m: valid\n") == (run("check", "m").exit_code, run("check", "m").stdout)
    refused = run("check", "--no-extra-keys", "m")
    assert 1 == refused.exit_code
    assert "$.build" in refused.stdout


def test_check_prints_where_json_ends() -> None:
    """What is no JSON has its place as well."""
    Path("m").write_text('{\n "component": }')
    expected = "m:2:15: $: not JSON: Expecting value: ' \"component\": }'\n"
    assert (1, expected, "") == outcome(run("check", "m"))
    Path("m").write_bytes(b" " * (16 * 1024 * 1024 + 1))
    expected = "m: $: too large: more than the 16,777,216 bytes that max_bytes allows\n"
    assert (1, expected, "") == outcome(run("check", "m"))


def test_check_prints_where_what_no_reader_accepts_stands() -> None:
    """So has a key that stands twice, and a number that is none; a long path is shown in part."""
    Path("m").write_text('{\n "status": "OK",\n "status": "OK"\n}')
    expected = "m:3:12: $.status: a key that stands twice in one object\n"
    assert (1, expected, "") == outcome(run("check", "m"))
    Path("m").write_text('{\n "status": NaN}')
    expected = "m:2:12: $: not JSON: NaN is no JSON number: ' \"status\": NaN}'\n"
    assert (1, expected, "") == outcome(run("check", "m"))
    Path("m").write_text('{"subStatuses":[' * 100 + "{}" + "]}" * 100)
    line = r"m:1:1601: \$(\.subStatuses\[0\])+.{1,14}…: deeper than 100 messages\n"
    assert re.fullmatch(line, run("check", "m").stdout)


def test_check_goes_on_after_a_source_that_cannot_be_read() -> None:
    """Every source is checked; the worst outcome is the exit code."""
    written("good", node("a"))
    Path("bad").write_text("[]")
    result = run("check", "nowhere", "bad", "good")
    assert 2 == result.exit_code
    assert ["bad", "good"] == [line.split(":")[0] for line in result.stdout.splitlines()]
    assert "csm: nowhere: no such file or directory\n" == result.stderr
    assert 1 == run("check", "good", "bad").exit_code


def test_check_knows_a_catalogue() -> None:
    """Names of a catalogue file are valid, and problems without it."""
    Path("ours.toml").write_text('major = ["BILLING"]')
    name = {"componentType": "MAJOR", "componentName": "BILLING"}
    written("m", node("a"), component=name)
    with catalogue_sandbox():
        assert run("check", "m").stdout.startswith("m:1:")
        assert (0, "m: valid\n", "") == outcome(run("check", "--catalogue", "ours.toml", "m"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "ours.toml: No such file or directory"),
        ("=", "ours.toml is not a TOML file"),
        ("minor = []", "$.minor: is no list of names"),
    ],
)
def test_a_wrong_catalogue_is_a_wrong_option(text: str | None, reason: str) -> None:
    """A catalogue that cannot be read or understood is a usage error."""
    if text is not None:
        Path("ours.toml").write_text(text)
    result = run("check", "--catalogue", "ours.toml", "m")
    assert 2 == result.exit_code
    assert reason in result.stderr


@given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_no_input_ends_in_a_traceback(body: bytes) -> None:
    """Whatever is read, both commands end with an exit code and without control characters."""
    for command in (["show", "-"], ["check", "-"]):
        result = run(*command, text=body)
        assert 1 == result.exit_code
        assert (result.output).replace("\n", "").isprintable()


@pytest.mark.parametrize("arguments", [["show"], ["check"], ["show", "-", "--only", "BAD"], ["x"]])
def test_wrong_usage(arguments: Sequence[str]) -> None:
    """Wrong arguments are exit code 2 and point to the help."""
    result = run(*arguments)
    assert 2 == result.exit_code
    assert "--help" in result.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["show", "-h"], ["check", "--help"]])
def test_help_has_examples(arguments: Sequence[str]) -> None:
    """The help of a command ends with examples; that of all commands points there."""
    result = run(*arguments)
    assert 0 == result.exit_code
    assert ("Examples:\n    csm " if len(arguments) > 1 else "with examples.") in result.stdout


def test_the_version_is_that_of_the_distribution() -> None:
    """--version tells what is installed."""
    from importlib.metadata import version

    assert f"csm, version {version('csm-statusek')}\n" == run("--version").stdout


@pytest.mark.processes
def test_completion_comes_from_click() -> None:
    """The shell completes commands."""
    environment = {"_CSM_COMPLETE": "bash_complete", "COMP_WORDS": "csm sh", "COMP_CWORD": "1"}
    done = subprocess.run(
        COMMAND, env=os.environ | environment, capture_output=True, text=True, check=True
    )
    assert "plain,show\n" == done.stdout


@pytest.mark.processes
def test_a_shell_is_told_to_complete_names_of_files() -> None:
    """What click answers the shell where the name of a file is typed."""
    typed = {"COMP_WORDS": "csm show goo", "COMP_CWORD": "2", "_CSM_COMPLETE": "bash_complete"}
    done = subprocess.run(
        COMMAND, env=os.environ | typed, capture_output=True, text=True, check=True
    )
    assert "file,goo\n" == done.stdout


@pytest.mark.parametrize(
    "typed",
    [
        "show",
        "check",
        "check a.json",
        "check --catalogue",
        "convert",
        "diff",
        "diff a.json",
        "schema --catalogue",
    ],
)
def test_names_of_files_are_completed(typed: str) -> None:
    """Every argument that may be a file, and every option that is one, is left to the shell."""
    offered = ShellComplete(csm, {}, "csm", "_CSM_COMPLETE").get_completions(typed.split(), "goo")
    assert [("file", "goo")] == [(each.type, each.value) for each in offered]


def test_without_click_there_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where click is not installed, the command says what to install."""
    monkeypatch.setitem(sys.modules, "click", None)
    with pytest.raises(SystemExit) as caught:
        main()
    assert 2 == caught.value.code
    expected = "csm: the command needs click: pip install 'csm-statusek[cli]'\n"
    assert ("", expected) == capsys.readouterr()


@pytest.mark.processes
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_no_traceback(monkeypatch: pytest.MonkeyPatch, unbuffered: str) -> None:
    """Output that cannot be written is an error of one line, and its exit code that of an error."""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    written("m", node("a"))
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "show", "m"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
        nowhere = subprocess.run([*COMMAND, "show", "m"], stdout=full, stderr=full, check=False)
    expected = "csm: the output cannot be written: No space left on device\n"
    assert (2, expected, 2) == (done.returncode, done.stderr, nowhere.returncode)


@pytest.mark.processes
def test_a_reader_that_goes_away_is_no_traceback() -> None:
    """A closed pipe ends the command quietly."""
    written("m", node("a", *[node("b", notes=[Note(title="x" * 1_000)])] * 1_000))
    with subprocess.Popen(
        [*COMMAND, "show", "m"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert b"" == process.stderr.read()
    # Which of the two it is depends on the version of click.
    assert process.returncode in {0, 1}


@pytest.mark.processes
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("show --exit-status m", 2),
        ("check m", 2),
        ("convert --to health+json m", 2),
        ("schema", 2),
        ("diff m n", 2),
        ("diff --quiet m n", 1),
    ],
)
def test_a_closed_output_is_no_traceback(arguments: str, code: int) -> None:
    """What cannot be printed is an error of one line; what prints nothing misses nothing."""
    written("m", node("a", status="WARN"))
    written("n", node("a"))
    closing = ["sh", "-c", 'exec "$@" >&-', "sh", *COMMAND, *arguments.split()]
    done = subprocess.run(closing, stderr=subprocess.PIPE, text=True, check=False)
    said = "csm: the output cannot be written: it is closed\n" if code == 2 else ""
    assert (code, said) == (done.returncode, done.stderr)
    closing[2] = 'exec "$@" >&- 2>&-'
    assert code == subprocess.run(closing, check=False).returncode


def test_an_encoding_without_the_signs_gets_others() -> None:
    """What an encoding does not have is drawn in ASCII and escaped, column for column."""
    assert "|- + OK  gr\\xf6\\xdfe" == encodable("├─ ✓ OK  größe", "ascii")
    assert "! größe" == encodable("▲ größe", "latin-1")
    assert "├─ ✓" == encodable("├─ ✓", "utf-8")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["show", "m"], b"? SCHLIMM\\xdf  a  2015-07-16\n"),
        (["show", "--worst", "m"], b"SCHLIMM\\xdf\n"),
        (["check", "m"], b"m:1:"),
    ],
)
def test_every_encoding_can_be_written(arguments: Sequence[str], expected: bytes) -> None:
    """Whatever the encoding of standard output lacks, no command fails for it."""
    written("m", node("a"), status="SCHLIMMß")
    done = subprocess.run(
        [*COMMAND, *arguments],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert done.stdout.startswith(expected)
    assert b"" == done.stderr


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "colours"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
    ],
)
def test_a_terminal_has_colours_and_a_width(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], colours: bool
) -> None:
    """On a terminal text is wrapped and coloured, unless the user does not want colours."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (environment | {"COLUMNS": "40"}).items():
        monkeypatch.setenv(name, value)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    print_message(node("a", notes=[Note(title="word " * 20)]), at_least=None, depth=None)
    text = terminal.getvalue()
    assert colours is ("\x1b[32m✓ OK\x1b[0m" in text)
    assert colours is ("\x1b" in text)
    assert 5 == text.count("\n")


def test_without_rich_there_are_no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where rich is not installed, a terminal gets plain text."""
    monkeypatch.setitem(sys.modules, "rich", None)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    print_message(node("a"), at_least=None, depth=None)
    assert NOW == terminal.getvalue()


def test_diff_says_what_changed() -> None:
    """Sentences for people, and the exit codes of diff(1)."""
    old = written("old", node("a", node("b")))
    new = written("new", node("a", node("b", status="WARN")))
    assert (0, "Nothing changed.\n", "") == outcome(run("diff", old, old))
    changed = run("diff", old, new)
    assert (1, "") == (changed.exit_code, changed.stderr)
    assert "b" in changed.stdout
    assert "WARN" in changed.stdout
    assert (1, "", "") == outcome(run("diff", "--quiet", old, new))
    assert 1 == run("diff", old, "-", text=Path(new).read_text()).exit_code


def test_diff_needs_two_messages() -> None:
    """What is no message, or not there, is trouble, not a difference."""
    old = written("old", node("a"))
    Path("bad").write_text("{")
    for name in ("bad", "nothing"):
        failed = run("diff", old, name)
        assert (2, "") == (failed.exit_code, failed.stdout)
        assert failed.stderr.startswith(f"csm: {name}: ")


@pytest.mark.parametrize("arguments", [("diff", "-", "-"), ("check", "-", "m", "-")])
def test_standard_input_is_read_once(arguments: tuple[str, ...]) -> None:
    """Naming it twice is wrong usage, and not a second message that is empty."""
    result = run(*arguments, text=to_json_string(node("a")))
    assert (2, "") == (result.exit_code, result.stdout)
    assert "standard input (-) can be read once only" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("show",), "csm: {}: answered 404 Not Found, and no status message: not JSON: "),
        (("convert", "--to", "text"), "csm: {}: answered 404 Not Found, and no status message"),
        (("check",), "{}:1:1: $: answered 404 Not Found, and no status message: not JSON: "),
    ],
)
def test_the_http_status_is_said_first(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], expected: str
) -> None:
    """A page about an error is no message; what is wrong is the address."""
    url = "http://localhost/nope"
    page = Content(url, b"<html>", 404)
    for command in ("reading", "convert", "check"):
        monkeypatch.setattr(f"csm.commands.{command}.read_source", lambda _: page)
    result = run(*arguments, url)
    assert 1 == result.exit_code
    assert result.output.startswith(expected.format(url))


def test_schema_prints_the_schema() -> None:
    """With the names of other catalogues, where they are given."""
    assert json_schema() == json.loads(run("schema").stdout)
    Path("more.toml").write_text('major = ["BILLING_FOR_A_TEST"]')
    with catalogue_sandbox():
        assert "BILLING_FOR_A_TEST" in run("schema", "--catalogue", "more.toml").stdout
    failed = run("schema", "--catalogue", "nothing.toml")
    assert (2, True) == (failed.exit_code, "nothing.toml" in failed.stderr)


def test_show_watches_a_source(capsys: pytest.CaptureFixture[str]) -> None:
    """Elsewhere than on a terminal only what changed is printed, with its time."""
    messages = iter([node("a"), node("a"), node("a", status="WARN")])
    shown: list[StatusMessage] = []
    pauses: list[float] = []
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    watch(lambda: next(messages), shown.append, [2.0, 3.0], sleep=pauses.append, now=lambda: moment)
    assert [2.0, 3.0] == pauses
    assert [node("a")] == shown
    said = capsys.readouterr().out.splitlines()
    assert "12:00:00" == said[0]
    assert "WARN" in said[1]
    assert [0.5, 0.5] == list(islice(every(0.5), 2))


def test_show_on_a_terminal_shows_the_whole_message_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what changed last below it."""
    monkeypatch.setattr("csm.commands.watching._is_terminal", lambda: True)
    messages = iter([node("a"), node("a"), node("a", status="WARN"), node("a", status="WARN")])
    shown: list[StatusMessage] = []
    watch(lambda: next(messages), shown.append, [1, 1, 1], sleep=lambda _: None)
    assert 4 == len(shown)
    assert 2 == capsys.readouterr().out.count("WARN")


@pytest.mark.processes
def test_show_watches_until_the_source_is_gone() -> None:
    """Standard input cannot be read again; a source that goes ends the command."""
    assert 2 == run("show", "--watch", "1", "-", text=to_json_string(node("a"))).exit_code
    command = [*COMMAND, "show", "--watch", "0.1", written("m", node("a"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as watching:
        assert watching.stdout is not None
        assert watching.stdout.readline()
        Path("m").unlink()
        assert 2 == watching.wait(30)


@pytest.mark.processes
def test_show_watches_until_it_is_interrupted() -> None:
    """Ctrl-C is the way to end it, so nothing is said of it; the exit code is that of shells."""
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = [sys.executable, "-c", f"{heard}; {COMMAND[-1]}"]
    command += ["show", "--watch", "60", written("m", node("a"))]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stdout is not None
        first = watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        rest, error = watching.communicate(timeout=30)
    assert (130, NOW, "", "") == (watching.returncode, first, rest, error)


def test_convert_writes_another_format() -> None:
    """There and back again; what is not of the format is told."""
    Path("spring").write_text(run("convert", "--to", "spring", written("m", node("a"))).stdout)
    back = run("convert", "--from", "spring", "--to", "csm", "spring")
    assert (0, "application") == (
        back.exit_code,
        json.loads(back.stdout)["component"]["componentName"],
    )
    wrong = run("convert", "--from", "aspnet", "--to", "csm", "m")
    assert (1, "csm: m: $.status: ") == (wrong.exit_code, wrong.stderr[:18] or wrong.stdout)
    assert 2 == run("convert", "--to", "text", "nothing").exit_code
