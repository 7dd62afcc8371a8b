"""The command `statusek outbox`, against a real server."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from statusek_client import Outbox, RetryPolicy, StatusekClient
from statusek_client.cli import set_status
from statusek_client.commands.outbox import outbox
from strategies.server_kit import running

AWAY = "http://127.0.0.1:9"
ONCE = RetryPolicy(retries=0)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real server."""
    with running(tmp_path_factory.mktemp("server")) as server:
        yield server.url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"


def invoke(*arguments: str, file: Path | None, url: str | None = None) -> Result:
    environment = {
        "STATUSEK_URL": url,
        "STATUSEK_OUTBOX": None if file is None else str(file),
    }
    return CliRunner().invoke(outbox, [*arguments], env=environment)


def listed(file: Path, *arguments: str) -> list[dict[str, Any]]:
    done = invoke("list", "--json", *arguments, file=file)
    assert 0 == done.exit_code, done.output
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def keep(file: Path, token: str, *names: str) -> None:
    """Keep statuses for a server that is away."""
    with (
        Outbox(file, background=False, drain=0, clock=lambda: 1_700_000_000) as box,
        StatusekClient(AWAY, retry=ONCE, outbox=box) as client,
    ):
        for name in names:
            client.set_status(token, name, "17 files")


def test_list_shows_what_is_kept(file: Path) -> None:
    """A table for people, all that is known as JSON for programs, the exit code on request."""
    keep(file, "some-token", "RUN", "NEXT")
    shown = invoke("list", file=file)
    assert ["ID", "STATE", "MADE", "SERVER", "INSTANCE", "STATUS", "REASON"] == (
        shown.stdout.splitlines()[0].split()
    )
    expected = ["1", "pending", "2023-11-14", "22:13:20+00:00", AWAY, "some-token", "RUN"]
    assert expected == shown.stdout.splitlines()[1].split()[:7]
    first, second = listed(file)
    assert "refused" in str(first.pop("trouble")).lower()
    assert {
        "id": 1,
        "state": "pending",
        "made": "2023-11-14T22:13:20+00:00",
        "server": AWAY,
        "token": "some-token",
        "status_name": "RUN",
        "status_message": "17 files",
        "may_have_arrived": False,
        "refusal": None,
    } == first
    assert ("NEXT", None) == (second["status_name"], second["trouble"])
    assert [] == listed(file, "--refused")
    codes = [invoke("list", *flags, file=file).exit_code for flags in ((), ("--exit-status",))]
    assert [0, 1] == codes
    nothing = invoke("list", "--refused", "--exit-status", file=file)
    assert (0, "", "nothing is kept\n") == (nothing.exit_code, nothing.stdout, nothing.stderr)


def test_flush_delivers_and_says_how_far(file: Path, url: str) -> None:
    """All delivered is 0; refused is 1 once, kept aside, retried and discarded by hand."""
    with StatusekClient(url) as client:
        good = client.create_instance("TASK", instance_timeout=600)
        keep(file, good, "RUN")
        keep(file, "no-such-token", "RUN")
        keep(file, good, "FINISHED")
        away = invoke("flush", "--url", AWAY, file=file)
        assert (1, "0 delivered, 0 refused, 3 pending\n") == (away.exit_code, away.stdout)
        assert "statusek: pending, since: no answer from http://127.0.0.1:9" in away.stderr
        other = invoke("flush", file=file, url=url)
        assert (0, "0 delivered, 0 refused, 0 pending\n") == (other.exit_code, other.stdout)
        assert "statusek: 3 more are kept for other servers\n" == other.stderr
        moved = ("flush", "--kept-for", AWAY + "/", "--json", "--timeout", "30")
        done = invoke(*moved, file=file, url=url)
        assert (1, {"delivered": 2, "refused": 1, "pending": 0}) == (
            done.exit_code,
            json.loads(done.stdout),
        )
        assert ["RUN", "FINISHED"] == [event.status_name for event in client.get_events(good)]
    (refused,) = listed(file)
    assert ("refused", "no-such-token") == (refused["state"], refused["token"])
    again = invoke("retry", str(refused["id"]), file=file)
    assert (0, "1 pending again\n") == (again.exit_code, again.output)
    assert 1 == invoke(*moved, file=file, url=url).exit_code
    assert (0, "1 discarded\n") == (
        (done := invoke("discard", "--refused", file=file)).exit_code,
        done.output,
    )
    assert [] == listed(file)
    assert 0 == invoke(*moved, file=file, url=url).exit_code


def test_set_keeps_what_the_next_one_delivers(file: Path, url: str) -> None:
    """A status that was kept counts as done; the next command with this outbox delivers both."""
    with StatusekClient(url) as client:
        token = client.create_instance("TASK", instance_timeout=600)
        keep(file, token, "RUN")
        moved(file, url)  # as if it had been this server that was away
        done = CliRunner().invoke(
            set_status, [token, "FINISHED", "--outbox", str(file), "--url", url]
        )
        assert (0, "") == (done.exit_code, done.output)
        assert ["RUN", "FINISHED"] == [event.status_name for event in client.get_events(token)]
    away = CliRunner().invoke(set_status, [token, "RUN", "--outbox", str(file), "--url", AWAY])
    assert 0 == away.exit_code
    assert [(AWAY, "RUN")] == [(post["server"], post["status_name"]) for post in listed(file)]
    without = CliRunner().invoke(set_status, [token, "RUN", "--url", AWAY])
    assert 2 == without.exit_code


def moved(file: Path, url: str) -> None:
    """Let posts have been kept for another server."""
    database = sqlite3.connect(file)
    database.execute("update post set server = ?", (url,))
    database.commit()
    database.close()


def test_wrong_usage_and_bad_files_are_2(file: Path, tmp_path: Path, url: str) -> None:
    """A file that is not there is not made; what is wrong is one line."""
    missing = invoke("list", file=file)
    assert 2 == missing.exit_code
    assert "does not exist" in missing.stderr
    assert not file.exists()
    keep(file, "some-token", "RUN")
    for arguments in (("discard",), ("discard", "1", "--refused"), ("discard", "1", "17")):
        assert 2 == invoke(*arguments, file=file).exit_code
    assert 1 == len(listed(file))
    assert "has no post 17, 18" in invoke("retry", "1", "17", "18", file=file).stderr
    other = tmp_path / "other"
    other.write_text("not a database at all, and not short either" * 50)
    done = invoke("flush", file=other, url=url)
    assert 2 == done.exit_code
    assert 1 == done.stderr.count("\n")
    assert "It is another program's file" in done.stderr


def test_help_has_examples() -> None:
    """Every command shows how it is used."""
    for command in ("list", "flush", "discard", "retry"):
        done = CliRunner().invoke(outbox, [command, "--help"])
        assert 0 == done.exit_code
        assert "Example" in done.output
