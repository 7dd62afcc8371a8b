"""The commands: what they print where, and their exit codes."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator

import click
import pytest
from click.testing import CliRunner, Result

from statusek_client import cli
from strategies import hostile as bad
from strategies.client_kit import TOKEN, data
from strategies.hostile import HostileServer, answering, hostile, http

NASTY = "\x1b[31mred\u202e\n\ud800"
CSM = """
{"component": {"componentType": "MAJOR", "componentName": "NEW"}, "status": "WARN",
 "epochSecondsTimestamp": 1437064108, "notes": [{"title": "full", "actionImportance": "LOW"}]}
"""


def event(name: str, message: str) -> dict[str, object]:
    status = {"ID": 7, "ObjectID": 2, "StatusName": name, "StatusDesc": "", "StatusType": "STOP"}
    return {"Status": status, "EventMessage": message, "EventCreationDt": "2024-05-01T10:00:01.5Z"}


EVENTS = data(events=[event("RUN", "[bold]17[/bold] files"), event(NASTY, CSM)])


def served(answer: object) -> bytes:
    return http(json.dumps(answer).encode())


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[HostileServer]:
    with hostile(answering(served(request.param))) as one:
        yield one


def run(command: click.Command, *arguments: str, url: str = "", stdin: str = "") -> Result:
    environment = {"STATUSEK_URL": url or None, "STATUSEK_KEY": "hunter2"}
    return CliRunner().invoke(command, arguments, env=environment, input=stdin)


@pytest.mark.parametrize("server", [data(instance_token=TOKEN)], indirect=True)
def test_create_prints_the_token(server: HostileServer) -> None:
    """A script gets the token and nothing else."""
    done = run(cli.create, "TASK", "--instance-timeout", "600", url=server.url)
    assert (0, f"{TOKEN}\n", "") == (done.exit_code, done.stdout, done.stderr)
    assert ["/instance/create"] == server.paths


@pytest.mark.parametrize("server", [data()], indirect=True)
@pytest.mark.parametrize("more", [(), ("--message", "17 files"), ("--csm", "-")])
def test_set_says_nothing(server: HostileServer, more: tuple[str, ...]) -> None:
    """A status that was set is silent."""
    done = run(cli.set_status, TOKEN, "RUN", *more, "--url", server.url, stdin=CSM)
    assert (0, "") == (done.exit_code, done.output)


@pytest.mark.parametrize(
    ("server", "said", "code"),
    [
        (
            data(instance_is_finished=True, instanse_is_finished_description="TIMEOUT"),
            "finished: TIMEOUT\n",
            0,
        ),
        ({"message": "Instance is finished", "status": True}, "finished\n", 0),
        ({"message": "Instance is not finished", "status": False}, "not finished\n", 1),
    ],
    indirect=["server"],
)
def test_finished_answers_by_its_exit_code(server: HostileServer, said: str, code: int) -> None:
    """0 when it is, 1 when it is not yet; the reason is printed."""
    done = run(cli.finished, TOKEN, url=server.url)
    assert (code, said, "") == (done.exit_code, done.stdout, done.stderr)


@pytest.mark.parametrize("server", [EVENTS], indirect=True)
def test_events_as_a_table(server: HostileServer) -> None:
    """Events are columns; what a server says cannot colour or reorder a terminal."""
    done = run(cli.events, TOKEN, url=server.url)
    assert 0 == done.exit_code
    head, first, second = done.stdout.splitlines()
    assert ["TIME", "STATUS", "TYPE", "MESSAGE"] == head.split()
    assert "[bold]17[/bold] files" in first
    assert "\\x1b[31mred" in second
    assert "WARN, full" in second
    assert not {"\x1b", "\u202e"} & set(done.stdout)


@pytest.mark.parametrize("server", [EVENTS], indirect=True)
def test_events_on_a_terminal(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a terminal rich draws the table; markup in a message stays text."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "dumb")
    cli.events.main([TOKEN, "--url", server.url], standalone_mode=False)
    out = capsys.readouterr().out
    assert "[bold]17[/bold] files" in out
    assert "\u202e" not in out


@pytest.mark.parametrize("columns", [40, 80])
def test_a_table_on_a_narrow_terminal_keeps_everything(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int
) -> None:
    """A token can be copied as one word, and no other cell loses a character."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "dumb")
    head = ("TOKEN", "OBJECT", "STATE", "LAST STATUS", "MISSING", "CREATED")
    cli.print_table(head, [(TOKEN, *"abcde"), (TOKEN, "TASK", "open", "RUN", "X" * 30, "2026-11")])
    out = capsys.readouterr().out
    assert (2, 30) == (out.count(TOKEN), out.count("X"))
    assert "…" not in out


@pytest.mark.parametrize("server", [EVENTS], indirect=True)
def test_events_on_a_terminal_without_rich(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without rich the table has plain columns."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    cli.events.main([TOKEN, "--url", server.url], standalone_mode=False)
    assert capsys.readouterr().out.startswith("TIME ")


@pytest.mark.parametrize("server", [EVENTS], indirect=True)
def test_events_as_json(server: HostileServer) -> None:
    """--json is for programs: everything, exactly."""
    done = run(cli.events, TOKEN, "--json", url=server.url)
    first, second = json.loads(done.stdout)
    assert {
        "status_name": "RUN",
        "status_type": "STOP",
        "description": "",
        "created": "2024-05-01T10:00:01.500000+00:00",
        "message": "[bold]17[/bold] files",
        "object_id": 2,
        "status_id": 7,
    } == first
    assert NASTY == second["status_name"]


@pytest.mark.parametrize("server", [data(events=None)], indirect=True)
def test_no_events(server: HostileServer) -> None:
    """No events are said to people, and an empty list to programs."""
    said = run(cli.events, TOKEN, url=server.url)
    assert (0, "", "no status was set yet\n") == (said.exit_code, said.stdout, said.stderr)
    assert [] == json.loads(run(cli.events, TOKEN, "--json", url=server.url).stdout)


@pytest.mark.parametrize("server", [data(f"ERROR: {NASTY}")], indirect=True)
@pytest.mark.parametrize(
    "call",
    [
        lambda url: run(cli.create, "TASK", url=url),
        lambda url: run(cli.set_status, TOKEN, "RUN", url=url),
        lambda url: run(cli.finished, TOKEN, url=url),
        lambda url: run(cli.events, TOKEN, url=url),
    ],
    ids=["create", "set", "finished", "events"],
)
def test_a_refusal_is_one_line(server: HostileServer, call: Callable[[str], Result]) -> None:
    """A refusal is one printable line on stderr, exit code 2, and no traceback."""
    done = call(server.url)
    assert (2, "") == (done.exit_code, done.stdout)
    assert done.stderr.startswith("Error: ERROR: \\x1b[31mred\\u202e\\n\\ud800")
    assert 1 == len(done.stderr.splitlines())
    assert done.stderr.rstrip("\n").isprintable()


def test_no_server_is_one_line() -> None:
    """A server that is not there is an error like any other."""
    done = run(cli.finished, TOKEN, url="http://127.0.0.1:9")
    assert 2 == done.exit_code
    assert "The request was not sent." in done.stderr
    assert "hunter2" not in done.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((TOKEN, "RUN", "--csm", "-"), "Error: "),
        ((TOKEN, "RUN", "--csm", "-", "--message", "x"), "--message or --csm, not both"),
    ],
)
def test_a_message_that_is_none_is_refused(arguments: tuple[str, ...], words: str) -> None:
    """What is not a Commons Status Message is refused before anything is sent."""
    done = run(cli.set_status, *arguments, url="http://127.0.0.1:9", stdin="{}")
    assert 2 == done.exit_code
    assert words in done.stderr
    assert "The request was not sent" not in done.stderr


def test_without_a_url_the_command_says_what_is_missing() -> None:
    """The server has to be named, by option or environment."""
    done = run(cli.finished, TOKEN)
    assert 2 == done.exit_code
    assert "name the server: --url http://HOST:PORT, or STATUSEK_URL" in done.stderr


def test_a_url_that_is_none_is_one_line() -> None:
    """A wrong URL is an error of the arguments, not a traceback."""
    done = run(cli.finished, TOKEN, url="localhost")
    assert (2, 1) == (done.exit_code, len(done.stderr.splitlines()))


def test_the_key_comes_from_the_environment() -> None:
    """STATUSEK_KEY is sent as the bearer token."""
    heads: list[bytes] = []

    def note(connection: bad.Connection) -> None:
        heads.append(connection.read_request())
        connection.sendall(http(bad.OPEN))

    with hostile(note) as server:
        run(cli.finished, TOKEN, url=server.url)
    assert b"Authorization: Bearer hunter2" in heads[0]


@pytest.mark.parametrize("command", [cli.create, cli.set_status, cli.finished, cli.events])
def test_help_has_an_example(command: click.Command) -> None:
    """--help shows how the command is called."""
    done = run(command, "--help")
    assert 0 == done.exit_code
    assert f"statusek {command.name}" in done.output
    assert "STATUSEK_URL" in done.output


STATES = {
    "finished": data(instance_is_finished=True, instanse_is_finished_description="TIMEOUT"),
    "events": EVENTS,
    "create": data(instance_token=TOKEN),
}


@pytest.mark.parametrize("command", list(STATES))
@pytest.mark.parametrize("output", [">&-", ">/dev/full", ">/dev/full 2>/dev/full"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_that_cannot_be_written_is_an_error(
    monkeypatch: pytest.MonkeyPatch, command: str, output: str, unbuffered: str
) -> None:
    """A full disk or a closed output is exit code 2, never an answer."""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    with hostile(answering(served(STATES[command]))) as server:
        call = f"{sys.executable} -m statusek_cli {command} X --url {server.url} {output}"
        done = subprocess.run(["bash", "-c", call], capture_output=True, text=True, check=False)
    assert 2 == done.returncode
    if "2>" not in output:
        assert "Error: standard output" in done.stderr
        assert 1 == len(done.stderr.splitlines())
