"""The commands run, wait, watch and list, against a real server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from csm import Status
from statusek_client import StatusekClient, bar
from statusek_client.commands.follow import wait, watch
from statusek_client.commands.job import MOST_LINES, run_job
from statusek_client.commands.listing import list_instances
from statusek_client.commands.run import run
from statusek_client.modern import InstanceState
from strategies.server_kit import running

FLAGS = ("--object", "TASK", "--instance-timeout", "60", "--start", "RUN")
ENDS = ("--done", "FINISHED", "--fail", "FAILED", "--")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real server."""
    with running(tmp_path_factory.mktemp("server")) as server:
        yield server.url


@pytest.fixture
def client(url: str) -> Iterator[StatusekClient]:
    with StatusekClient(url) as one:
        yield one


def invoke(command: click.Command, *arguments: str, url: str) -> Result:
    return CliRunner().invoke(command, [*arguments], env={"STATUSEK_URL": url})


def statusek(*arguments: str, url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "statusek_cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"STATUSEK_URL": url},
    )


def newest(url: str) -> str:
    listed = invoke(list_instances, "--json", "--limit", "1", url=url)
    return str(json.loads(listed.stdout)[0]["token"])


@pytest.mark.parametrize(
    ("code", "status_name", "status"),
    [(0, "FINISHED", Status.OK), (3, "FAILED", Status.ERROR)],
)
def test_run_wraps_a_program(
    url: str, client: StatusekClient, code: int, status_name: str, status: Status
) -> None:
    """Its output passes through, its exit code too; its last lines come with its end."""
    program = f"import sys; print('out'); print('err', file=sys.stderr); sys.exit({code})"
    done = statusek("run", *FLAGS, *ENDS, sys.executable, "-c", program, url=url)
    assert (code, "out\n", "err\n") == (done.returncode, done.stdout, done.stderr)
    events = client.get_events(newest(url))
    assert ["RUN", status_name] == [event.status_name for event in events]
    message = events[-1].csm
    assert message is not None
    assert status is message.status
    [note] = message.notes
    assert note.title.startswith(f"exit code {code} after ")
    assert {"out", "err"} == set((note.detail or "").splitlines())


def test_run_tells_that_a_program_cannot_be_started(url: str, client: StatusekClient) -> None:
    """As a shell does, and the server knows it."""
    done = invoke(run, *FLAGS, *ENDS, "no-such-command", url=url)
    assert (127, "statusek: no-such-command: no such command\n") == (done.exit_code, done.stderr)
    assert "FAILED" == client.get_events(newest(url))[-1].status_name
    done = invoke(run, *FLAGS, *ENDS, str(_not_executable(Path.cwd())), url=url)
    assert 127 == done.exit_code


def _not_executable(folder: Path) -> Path:
    return folder / "README.md"


def test_run_uses_an_instance_that_is_there(url: str, client: StatusekClient) -> None:
    """With a token nothing is created; what cannot be set in the end is told, and no more."""
    task = client.create("TASK", instance_timeout=60)
    done = invoke(run, "--token", task.token, "--done", "FINISHED", "--", "true", url=url)
    assert 0 == done.exit_code
    assert "statusek: FINISHED was not set" in done.stderr
    task.set("RUN")
    quiet = invoke(run, "--token", task.token, "--", "true", url=url)
    assert (0, "") == (quiet.exit_code, quiet.stderr)


@pytest.mark.parametrize("given", [(), ("--object", "A", "--token", "B")])
def test_run_needs_one_instance(url: str, given: tuple[str, ...]) -> None:
    """One of the two, not both; without a server nothing is run."""
    assert 2 == invoke(run, *given, "--", "true", url=url).exit_code
    done = invoke(run, *FLAGS, "--", "touch", "ran", url="http://127.0.0.1:9")
    assert (2, False) == (done.exit_code, Path("ran").exists())


def test_run_takes_a_mistyped_option_for_no_program(url: str) -> None:
    """It is told before anything is created; options behind the program are the program's."""
    done = invoke(run, *FLAGS, "--strat", "RUN", "--", "true", url=url)
    assert 2 == done.exit_code
    assert "No such option '--strat'" in done.stderr
    assert 3 == invoke(run, *FLAGS, "sh", "-c", "exit 3", url=url).exit_code


def test_run_passes_signals_on(url: str, client: StatusekClient) -> None:
    """Who stops the wrapper stops the program; the server hears how it ended."""
    command = [sys.executable, "-m", "statusek_cli", "run", *FLAGS, *ENDS]
    program = "print('ready', flush=True); import time; time.sleep(60)"
    with subprocess.Popen(
        [*command, sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        env=os.environ | {"STATUSEK_URL": url},
    ) as wrapper:
        assert wrapper.stdout is not None
        assert b"ready\n" == wrapper.stdout.readline()
        wrapper.send_signal(signal.SIGTERM)
        assert 128 + signal.SIGTERM == wrapper.wait(30)
    message = client.get_events(newest(url))[-1].csm
    assert message is not None
    assert message.notes[0].title.startswith("killed by signal 15 after ")


def test_a_job_is_not_held_by_what_it_left_running() -> None:
    """A program that goes into the background does not keep its wrapper."""
    ending = run_job(["sh", "-c", "echo done; sleep 30 & exit 0"])
    assert (0, ("done",)) == (ending.exit_code, ending.last_lines)


def test_only_the_last_lines_of_a_job_are_kept() -> None:
    """However much it prints."""
    ending = run_job(["sh", "-c", "seq 1 5000"])
    assert tuple(str(n) for n in range(5001 - MOST_LINES, 5001)) == ending.last_lines


def test_wait_says_how_it_ended(url: str, client: StatusekClient) -> None:
    """Whole: 0; stopped: 3; not in time: 1; unknown: 2."""
    task = client.create("TASK", instance_timeout=60).set("RUN")
    late = invoke(wait, task.token, "--timeout", "0.3", url=url)
    assert (1, "not finished\n") == (late.exit_code, late.stdout)

    def finish() -> None:
        time.sleep(0.2)
        client.set_status(task.token, "FINISHED")

    finisher = threading.Thread(target=finish)
    finisher.start()
    done = invoke(wait, task.token, url=url)
    finisher.join()
    assert (0, "finished: ALL_MANDATORY_STATUSES_ARE_SET\n") == (done.exit_code, done.stdout)
    stopped = client.create("TASK", instance_timeout=60).set("RUN").set("FAILED")
    assert 3 == invoke(wait, stopped.token, url=url).exit_code
    unknown = invoke(wait, "nobody", url=url)
    assert (2, True) == (unknown.exit_code, unknown.stderr.startswith("Error: "))


def test_watch_prints_events_as_they_come(url: str, client: StatusekClient) -> None:
    """Lines for people, JSON for programs."""
    task = client.create("TASK", instance_timeout=60).set("RUN", "17\nfiles")
    late = invoke(watch, task.token, "--timeout", "0.3", url=url)
    assert (1, 1) == (late.exit_code, len(late.stdout.splitlines()))
    task.set("FINISHED")
    done = invoke(watch, task.token, url=url)
    first, second, last = done.stdout.splitlines()
    assert first.endswith("RUN  17\\nfiles")
    assert second.endswith("  FINISHED")
    assert (0, "finished: ALL_MANDATORY_STATUSES_ARE_SET") == (done.exit_code, last)
    lines = invoke(watch, task.token, "--json", url=url).stdout.splitlines()
    assert ["RUN", "FINISHED"] == [json.loads(line)["status_name"] for line in lines]


def test_list_shows_instances(url: str, client: StatusekClient) -> None:
    """As a table, as JSON, page after page; nothing is a line on stderr."""
    tokens = [client.create("EXAMPLE_2", instance_timeout=60).token for _ in range(205)]
    listed = invoke(list_instances, "--object", "EXAMPLE_2", "--limit", "300", "--json", url=url)
    assert tokens[::-1] == [each["token"] for each in json.loads(listed.stdout)]
    client.set_status(tokens[0], "CALLED")
    called = invoke(list_instances, "--object", "EXAMPLE_2", "--status", "CALLED", url=url)
    head, row = called.stdout.splitlines()
    assert ["TOKEN", "OBJECT", "STATE"] == head.split()[:3]
    assert row.startswith(tokens[0])
    assert "open" in row
    assert "CALLED" in row
    assert "RUNNED" in row
    recent = invoke(list_instances, "--newer-than", "2026-01-01 00:00", url=url)
    assert tokens[-1] in recent.stdout
    none = invoke(list_instances, "--object", "EXAMPLE_1", "--older-than", "9999", url=url)
    assert (0, "", "no such instance\n") == (none.exit_code, none.stdout, none.stderr)


def test_the_bar_shows_what_is_missing_and_what_is_left(
    client: StatusekClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal; where a server does not tell, there is just a bar."""
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    state = InstanceState(
        token="t",
        object_name="TASK",
        created=now,
        due=now + timedelta(seconds=3661),
        missing_mandatory=("RUN", "FINISHED"),
    )
    assert {"missing": "missing: RUN, FINISHED", "left": "1:01:01 left"} == bar.words(state, now)
    assert {"missing": "", "left": ""} == bar.words(None, now)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    task = client.create("TASK", instance_timeout=60).set("RUN")
    for token in (task.token, "nobody"):
        with bar.following(client.instance(token)) as show:
            show(task.events()[0])
